import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { RemoteServersClient } from '@plexus/rpc';
import type { SenderHandler } from '@plexus/rpc';
import { addSender } from '@plexus/rpc-grpc';
import { createLogger } from '@plexus/service-shell';
import type { RpcSettings } from '@plexus/service-shell';
import { makeAuthority } from '@plexus/testing';
import type { Authority, IssuedCertificate } from '@plexus/testing';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { GrpcServer } from './grpc-server.ts';
import { secureGrpc } from './grpc-tls.ts';
import type { GrpcSecurity } from './grpc-tls.ts';

type TlsSettings = NonNullable<RpcSettings['grpc']['tls']>;

const logger = createLogger({ service: 'test', level: 'fatal' });
const nobody = (): Promise<never> => Promise.reject(new Error('not asked here'));
const handler: SenderHandler = {
  request: nobody,
  fetchKeys: nobody,
  changeRemoteMembership: nobody,
  inviteRemoteUser: nobody,
  backfillRoom: nobody,
  postReport: async () => ({ result: undefined }),
};

let services: Authority;
let strangers: Authority;
let directory: string;
let cleanUps: (() => unknown)[];

beforeAll(async () => {
  [services, strangers] = await Promise.all([makeAuthority('services'), makeAuthority('strangers')]);
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plexus-grpc-'));
  cleanUps = [() => rmSync(directory, { recursive: true })];
});
afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

function settingsOf(name: string, pair: IssuedCertificate, further: Partial<TlsSettings> = {}): TlsSettings {
  const paths = {
    ca: join(directory, 'ca.crt'),
    cert: join(directory, `${name}.crt`),
    key: join(directory, `${name}.key`),
  };
  writeFileSync(paths.ca, services.cert);
  writeFileSync(paths.cert, pair.cert);
  writeFileSync(paths.key, pair.key);
  return { ...paths, server_name: 'services.internal', ...further };
}

/** Of a caller whose authorities are in a file of its own. */
function settingsOfCaller(name: string, pair: IssuedCertificate, ca: string): TlsSettings {
  const [cert, key] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  writeFileSync(cert, pair.cert);
  writeFileSync(key, pair.key);
  return { ca, cert, key, server_name: 'services.internal' };
}

function secure(settings: TlsSettings): GrpcSecurity {
  const security = secureGrpc(settings, { logger, intervalMs: 20 });
  cleanUps.push(() => security.close());
  return security;
}

async function serve(further: Partial<TlsSettings> = {}): Promise<{ address: string; settings: TlsSettings }> {
  const settings = settingsOf('server', await services.issue(['services.internal']), further);
  const grpc = { bind_address: '127.0.0.1', port: 0, tls: settings };
  const server = await new GrpcServer(grpc, secure(settings)).serve((own) => addSender(own, handler));
  cleanUps.push(() => server.stop());
  return { address: server.address, settings };
}

function callerOf(address: string, { client, clientOptions }: GrpcSecurity): RemoteServersClient {
  return new RemoteServersClient(address, client, { ...clientOptions, 'grpc.use_local_subchannel_pool': 1 });
}

function ask(caller: RemoteServersClient): Promise<string> {
  return new Promise((resolve) => {
    const request = { url: 'https://example.test', body: Buffer.from('{}'), timeoutMs: 1 };
    caller.postReport(request, new Metadata(), { deadline: Date.now() + 5_000 }, (error: ServiceError | null) =>
      resolve(error === null ? 'answered' : (status[error.code] ?? String(error.code))),
    );
  });
}

/** A connection of its own each time. */
async function call(address: string, security: GrpcSecurity): Promise<string> {
  const caller = callerOf(address, security);
  try {
    return await ask(caller);
  } finally {
    caller.close();
  }
}

it('lets services call each other, and nobody whose certificate another authority signed', async () => {
  const { address } = await serve();
  const known = secure(settingsOf('known', await services.issue(['sync'])));
  const stranger = secure(settingsOf('stranger', await strangers.issue(['sync'])));
  expect(await call(address, known)).toBe('answered');
  expect(await call(address, stranger)).toBe('UNAVAILABLE');
  expect(await call(address, secureGrpc(undefined, { logger }))).toBe('UNAVAILABLE');
});

it('takes calls with the certificates that are there at its start, and that nobody touches', async () => {
  const { address, settings } = await serve();
  expect(await call(address, secure(settings))).toBe('answered');
});

it('calls nobody whose certificate is for another name', async () => {
  const { address } = await serve();
  const expecting = settingsOf('expecting', await services.issue(['sync']), { server_name: 'other.internal' });
  expect(await call(address, secure(expecting))).toBe('UNAVAILABLE');
});

it('answers only those that are named, where they are', async () => {
  const { address } = await serve({ client_names: ['client-api.internal', 'sync.internal'] });
  const named = secure(settingsOf('named', await services.issue(['sync.internal'])));
  const unnamed = secure(settingsOf('unnamed', await services.issue(['notices.internal'])));
  expect(await call(address, named)).toBe('answered');
  expect(await call(address, unnamed)).toBe('PERMISSION_DENIED');
});

it('goes on with new certificates on both sides, after a change of authority too', async () => {
  const { address, settings } = await serve();
  const caller = settingsOf('caller', await services.issue(['sync']));
  const security = secure(caller);
  expect(await call(address, security)).toBe('answered');
  const [own, callers] = [await strangers.issue(['services.internal']), await strangers.issue(['sync'])];
  writeFileSync(settings.ca, strangers.cert);
  for (const [paths, pair] of [
    [settings, own],
    [caller, callers],
  ] as const) {
    writeFileSync(paths.cert, pair.cert);
    writeFileSync(paths.key, pair.key);
  }
  const former = secure(settingsOf('former', await services.issue(['sync'])));
  writeFileSync(settings.ca, strangers.cert);
  await expect.poll(() => call(address, former), { timeout: 20_000 }).toBe('UNAVAILABLE');
  await expect.poll(() => call(address, security), { timeout: 20_000 }).toBe('answered');
});

it('hears of new certificates after a connection was destroyed twice', async () => {
  const { address, settings } = await serve();
  const caller = settingsOf('caller', await services.issue(['sync']));
  const security = secure(caller);
  expect(await call(address, security)).toBe('answered');
  const connector = security.client._createSecureConnector({ path: address }, {});
  connector.destroy();
  connector.destroy();
  const [own, callers] = [await strangers.issue(['services.internal']), await strangers.issue(['sync'])];
  writeFileSync(settings.ca, strangers.cert);
  for (const [paths, pair] of [
    [settings, own],
    [caller, callers],
  ] as const) {
    writeFileSync(paths.cert, pair.cert);
    writeFileSync(paths.key, pair.key);
  }
  await expect.poll(() => call(address, security), { timeout: 20_000 }).toBe('answered');
});

it('drops the connections of callers whose authority is trusted no longer, and keeps the others’', async () => {
  const { address, settings } = await serve();
  // Each caller trusts the server as before: it is the server that has changed its mind.
  const ca = join(directory, 'callers.crt');
  writeFileSync(ca, services.cert);
  writeFileSync(settings.ca, [services.cert, strangers.cert].join('\n'));
  const withdrawn = callerOf(address, secure(settingsOfCaller('withdrawn', await services.issue(['sync']), ca)));
  const trusted = callerOf(address, secure(settingsOfCaller('trusted', await strangers.issue(['sync']), ca)));
  cleanUps.push(
    () => withdrawn.close(),
    () => trusted.close(),
  );
  await expect.poll(() => ask(trusted), { timeout: 6_000 }).toBe('answered');
  expect(await ask(withdrawn)).toBe('answered');
  writeFileSync(settings.ca, strangers.cert);
  await expect.poll(() => ask(withdrawn), { timeout: 6_000 }).toBe('UNAVAILABLE');
  await expect.poll(() => ask(trusted), { timeout: 6_000 }).toBe('answered');
});
