import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import { makeAuthority } from '@plexus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkCertificates } from './check-certificates.ts';

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'plexus-certificates-'));
const PLAIN = loadConfigText('servers: []', readEnvironment({}));
let end: number;

beforeAll(async () => {
  const { cert } = await makeAuthority('services');
  writeFileSync(join(folder, 'good.pem'), cert);
  writeFileSync(join(folder, 'bad.pem'), 'nothing of the kind');
  end = new X509Certificate(cert).validToDate.getTime();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function look(changes: Partial<PlexusConfig>, now: number): Promise<readonly string[]> {
  const found = await checkCertificates({ ...PLAIN, ...changes }, { now: () => now });
  return found.map(({ level, subject, text }) => `${level}: ${subject.replace(folder, '')}: ${text}`);
}

function rpcWith(adapter: 'local' | 'grpc', name: string): Partial<PlexusConfig> {
  const tls = { ca: join(folder, name), cert: join(folder, name), key: join(folder, 'key.pem') };
  return { rpc: { adapter, grpc: { ...PLAIN.rpc.grpc, tls } } };
}

it('says how long certificates are good for, of each file once', async () => {
  const config = rpcWith('grpc', 'good.pem');
  expect(await look(config, end - 20.5 * DAY_MS)).toEqual(['good: certificate /good.pem: it is good for 20 days']);
  expect(await look(config, end - 3.5 * DAY_MS)).toEqual(['warning: certificate /good.pem: it expires in 3 days']);
  expect(await look(config, end + 1)).toEqual(['fault: certificate /good.pem: it has expired']);
});

const tlsOf = (name: string) => ({ ca: join(folder, name), verify: 'full' as const });

it.each<[string, (name: string) => Partial<PlexusConfig>]>([
  [
    'listeners',
    (name) => ({
      listeners: PLAIN.listeners.map((listener) => ({
        ...listener,
        tls: { cert: join(folder, name), key: join(folder, 'key.pem'), by_server: [] },
      })),
    }),
  ],
  ['Kafka', (name) => ({ topics: { adapter: 'kafka', kafka: { ...PLAIN.topics.kafka, tls: tlsOf(name) } } })],
  ['Redis', (name) => ({ cache: { adapter: 'redis', redis: { ...PLAIN.cache.redis, tls: tlsOf(name) } } })],
  ['Postgres', (name) => ({ database: { ...PLAIN.database, tls: tlsOf(name) } })],
  ['services', (name) => rpcWith('grpc', name)],
])('finds those of %s', async (_whose, withFile) => {
  expect(await look(withFile('bad.pem'), end)).toEqual(['fault: certificate /bad.pem: it is no certificate']);
  expect(await look(withFile('gone.pem'), end)).toEqual(['fault: certificate /gone.pem: it cannot be read']);
});

it('leaves out what nobody connects with', async () => {
  expect(await look(rpcWith('local', 'gone.pem'), end)).toEqual([]);
});
