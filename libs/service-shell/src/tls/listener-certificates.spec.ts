import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startExample } from '../../test-support/example-service.ts';
import type { ExampleService } from '../../test-support/example-service.ts';
import { CertificateFiles } from './certificate-files.ts';
import { loadCertificates } from './listener-certificates.ts';
import { makeSelfSigned } from './self-signed.ts';
import { createLogger } from '../logging/pino-logger.ts';

let folder: string;
let service: ExampleService | undefined;
const logger = createLogger({ service: 'test', level: 'fatal' });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-tls-'));
});

afterEach(async () => {
  await service?.stop();
  service = undefined;
  rmSync(folder, { recursive: true });
});

async function writeCertificate(name: string): Promise<{ cert: string; key: string }> {
  const { pem } = await makeSelfSigned([name]);
  const paths = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  writeFileSync(paths.cert, pem.cert);
  writeFileSync(paths.key, pem.key);
  return paths;
}

function presentedName(port: number, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

it('serves each name its certificate, by settings, by source, else the own one, and without SNI too', async () => {
  const own = await writeCertificate('own.test');
  const other = await writeCertificate('other.test');
  const hosted = await makeSelfSigned(['hosted.test']);
  const yaml = `
listeners:
  - port: 0
    bind_addresses: [127.0.0.1]
    tls:
      cert: ${own.cert}
      key: ${own.key}
      by_server: [{ names: [other.test, '*.wild.test'], cert: ${other.cert}, key: ${other.key} }]`;
  service = await startExample(yaml, {
    certificates: { findCertificate: (name) => (name === 'hosted.test' ? hosted.context : undefined) },
  });
  const [port = 0] = service.ports;
  const names = ['own.test', 'OTHER.test', 'a.wild.test', 'a.b.wild.test', 'hosted.test', 'unknown.test', ''];
  expect(await Promise.all(names.map((name) => presentedName(port, name)))).toEqual([
    'own.test',
    'other.test',
    'other.test',
    'own.test',
    'hosted.test',
    'own.test',
    'own.test',
  ]);
});

it('makes a self-signed certificate where none is given', async () => {
  service = await startExample('listeners: [{ port: 0, bind_addresses: [127.0.0.1], tls: {} }]');
  expect(await presentedName(service.ports[0] ?? 0, 'example.test')).toBe('localhost');
});

it('takes a replaced certificate, and keeps the former one while files do not fit together', async () => {
  const paths = await writeCertificate('first.test');
  const next = await makeSelfSigned(['second.test']);
  const files = new CertificateFiles(paths, { logger, intervalMs: 20 });
  const first = files.current;
  let changes = 0;
  files.onChange(() => (changes += 1));
  replace(paths.cert, next.pem.cert);
  const probe = new CertificateFiles(await writeCertificate('probe.test'), { logger, intervalMs: 20 });
  replace(join(folder, 'probe.test.key'), 'not a key');
  await expect.poll(() => files.current).toBe(first);
  replace(paths.key, next.pem.key);
  await expect.poll(() => changes, { timeout: 5000 }).toBeGreaterThan(0);
  expect(files.current.pem.cert).toBe(next.pem.cert);
  files.close();
  probe.close();
});

it('serves a replaced certificate on new connections, with and without SNI', async () => {
  const paths = await writeCertificate('first.test');
  const certificates = await loadCertificates({ ...paths, by_server: [] }, { logger, names: [], intervalMs: 20 });
  const replaced = new Promise<void>((resolve) => certificates.onOwnChange(resolve));
  const next = await makeSelfSigned(['second.test']);
  replace(paths.cert, next.pem.cert);
  replace(paths.key, next.pem.key);
  await replaced;
  expect(certificates.own().pem).toEqual(next.pem);
  expect(certificates.choose('first.test')).toBe(certificates.own().context);
  certificates.close();
});

/** As programs that renew certificates do it: the new file takes the place of the old one at once. */
function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
