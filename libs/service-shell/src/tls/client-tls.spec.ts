import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import type { ConnectionOptions, Server } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeAuthority } from '@plexus/testing';
import type { Authority, IssuedCertificate } from '@plexus/testing';
import type { ClientTlsSettings } from '../config/sections/client-tls.ts';
import { StartError } from '../service/start-error.ts';
import { clientTls } from './client-tls.ts';

let ours: Authority;
let theirs: Authority;
let server: Server;
let directory: string;
/** Names of the certificates that callers have shown. */
let seen: (string | undefined)[];

beforeAll(async () => {
  [ours, theirs] = await Promise.all([makeAuthority('ours'), makeAuthority('theirs')]);
});

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plexus-tls-'));
  seen = [];
  const own = await ours.issue(['db.internal']);
  server = createServer({ ...own, ca: [ours.cert, theirs.cert], requestCert: true, rejectUnauthorized: false });
  server.on('secureConnection', (socket) => {
    const shown = socket.getPeerCertificate().subject?.CN;
    seen.push(Array.isArray(shown) ? shown[0] : shown);
    socket.end();
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function writePair({ cert, key }: IssuedCertificate): { cert: string; key: string } {
  return { cert: write('client.crt', cert), key: write('client.key', key) };
}

function open(settings: Partial<ClientTlsSettings>): ConnectionOptions {
  return clientTls({ verify: 'full', ca: write('ca.crt', ours.cert), ...settings }, { peer: 'a server' });
}

/** As the clients do it: the options are copied for each connection. */
async function attempt(options: ConnectionOptions): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ...options });
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    socket.once('end', () => resolve('connected'));
    socket.resume();
  });
}

it('checks who signed the certificate and for which name', async () => {
  expect(await attempt(open({ server_name: 'db.internal' }))).toBe('connected');
  expect(await attempt(open({ server_name: 'other.internal' }))).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(await attempt(open({}))).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(await attempt(open({ server_name: 'db.internal', ca: write('their.crt', theirs.cert) }))).toBe(
    'SELF_SIGNED_CERT_IN_CHAIN',
  );
});

it('checks only who signed it, or nothing, where it is told so', async () => {
  const their = write('their.crt', theirs.cert);
  expect(await attempt(open({ verify: 'ca' }))).toBe('connected');
  expect(await attempt(open({ verify: 'ca', ca: their }))).toBe('SELF_SIGNED_CERT_IN_CHAIN');
  expect(await attempt(open({ verify: 'none', ca: their }))).toBe('connected');
});

it('shows the certificate that the file has when the connection is made', async () => {
  const options = open({ server_name: 'db.internal', ...writePair(await ours.issue(['first'])) });
  await attempt(options);
  writePair(await ours.issue(['second']));
  await attempt(options);
  expect(seen).toEqual(['first', 'second']);
});

it('keeps the former files while the new ones do not fit together', async () => {
  const options = open({ server_name: 'db.internal', ...writePair(await ours.issue(['first'])) });
  const second = await ours.issue(['second']);
  write('client.crt', second.cert);
  await attempt(options);
  write('client.key', second.key);
  await attempt(options);
  expect(seen).toEqual(['first', 'second']);
});

it('trusts a new authority from the next connection on', async () => {
  const options = open({ server_name: 'db.internal', ca: write('trusted.crt', theirs.cert) });
  expect(await attempt(options)).toBe('SELF_SIGNED_CERT_IN_CHAIN');
  write('trusted.crt', ours.cert);
  expect(await attempt(options)).toBe('connected');
});

it('says in one sentence which files cannot be used at start', () => {
  expect(() => open({ ca: '/nowhere.crt' })).toThrow(StartError);
  expect(() => open({ ca: '/nowhere.crt' })).toThrow(/^The TLS files for a server cannot be used: .*nowhere\.crt/);
});
