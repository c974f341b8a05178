import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { openResources } from '@plexus/service-adapters';
import { createLogger, loadConfigText, readEnvironment, startService } from '@plexus/service-shell';
import type { RunningService } from '@plexus/service-shell';
import { PostgresUsers } from '@plexus/storage-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../tests/support/test-database.ts';
import { ClientApiModule } from './client-api.module.ts';
import { Argon2PasswordHasher } from './out/argon2-password-hasher.ts';

interface Answer {
  readonly status: number;
  readonly body: { readonly [key: string]: unknown };
}

interface Call {
  readonly token?: string;
  readonly body?: unknown;
  readonly host?: string;
}

const V3 = '/_matrix/client/v3';
const DUMMY = { type: 'm.login.dummy' };
const COST = { memoryKib: 8, iterations: 1, parallelism: 1 };

let temporary: TestDatabase;
let replicas: RunningService[];

beforeAll(async () => {
  temporary = await createTestDatabase();
  replicas = [await startReplica(), await startReplica()];
});
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await temporary.drop();
});

/** Two of them share Postgres and Redis, as two processes would. */
async function startReplica(): Promise<RunningService> {
  const yaml = `
servers: [{ server_name: one.example }]
room_shards: 4
registration: { enabled: true }
rate_limits: { enabled: false }
password_hashing: { memory_kib: 8, iterations: 1, parallelism: 1 }
database: { url: '${temporary.url}' }
cache: { adapter: redis, redis: { url: '${process.env['PLEXUS_TEST_REDIS'] ?? ''}', key_prefix: '${new URL(temporary.url).pathname}:' } }
listeners: [{ port: 0, bind_addresses: [127.0.0.1] }]
`;
  return startService({
    name: 'client-api',
    config: loadConfigText(yaml, readEnvironment({})),
    apis: ['client', 'admin', 'well_known'],
    module: async (shell) => ClientApiModule.start(shell, await openResources(shell, 'client-api')),
    logger: createLogger({ service: 'client-api', level: 'fatal' }),
  });
}

function call(
  replica: number,
  method: string,
  path: string,
  { token, body, host = 'one.example' }: Call = {},
): Promise<Answer> {
  const port = replicas[replica]?.listeners[0]?.addresses[0]?.port;
  const headers = { Host: host, ...(token !== undefined && { Authorization: `Bearer ${token}` }) };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(answer) }), reject);
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function register(username: string, host = 'one.example'): Promise<string> {
  const body = { username, password: 'secret', auth: DUMMY };
  const answer = await call(0, 'POST', `${V3}/register`, { body, host });
  expect(answer.status).toBe(200);
  return String(answer.body['access_token']);
}

async function whoAmI(replica: number, token: string): Promise<number> {
  return (await call(replica, 'GET', `${V3}/account/whoami`, { token })).status;
}

describe('two replicas on Postgres and Redis', () => {
  it('know a user whom the other one registered', async () => {
    const token = await register('anna');
    expect(await whoAmI(1, token)).toBe(200);
    const body = { type: 'm.login.password', user: 'anna', password: 'secret' };
    expect((await call(1, 'POST', `${V3}/login`, { body })).status).toBe(200);
    expect((await call(1, 'POST', `${V3}/register`, { body: { username: 'anna' } })).body['errcode']).toBe(
      'M_USER_IN_USE',
    );
  });

  it('give a name to one of two who ask for it at once', async () => {
    const body = { username: 'race', auth: DUMMY };
    const answers = await Promise.all([0, 1, 0, 1].map((replica) => call(replica, 'POST', `${V3}/register`, { body })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
  });

  it('void a token at once where it is logged out, and within a second elsewhere', async () => {
    const token = await register('berta');
    expect([await whoAmI(0, token), await whoAmI(1, token)]).toEqual([200, 200]);
    await call(0, 'POST', `${V3}/logout`, { token });
    const loggedOut = performance.now();
    expect(await whoAmI(0, token)).toBe(401);
    await expect.poll(() => whoAmI(1, token), { interval: 10, timeout: 5_000 }).toBe(401);
    expect(performance.now() - loggedOut).toBeLessThan(1_000);
  });

  it('keep filters for each other', async () => {
    const token = await register('clara');
    const path = `${V3}/user/@clara:one.example/filter`;
    const { body } = await call(0, 'POST', path, { token, body: { event_format: 'client', note: '\u0000' } });
    const read = await call(1, 'GET', `${path}/${String(body['filter_id'])}`, { token });
    expect(read.body).toEqual({ event_format: 'client', note: '\u0000' });
  });

  it('answer odd characters in names with an error of the specification', async () => {
    for (const body of [
      { username: 'a\u0000b', auth: DUMMY },
      { username: 'dora', auth: DUMMY, device_id: '\u0000' },
      { type: 'm.login.password', user: 'a\u0000', password: '\u0000' },
    ]) {
      const path = 'type' in body ? 'login' : 'register';
      const answer = await call(0, 'POST', `${V3}/${path}`, { body });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
    const name = { username: 'emma', auth: DUMMY, initial_device_display_name: 'a\u0000b', password: 'p\u0000' };
    expect((await call(0, 'POST', `${V3}/register`, { body: name })).status).toBe(200);
  });
});

describe('hosted servers', () => {
  let admin: string;

  beforeAll(async () => {
    const passwordHash = await new Argon2PasswordHasher(COST).hash('secret');
    await new PostgresUsers(temporary.database).addUser({
      userId: '@root:one.example',
      passwordHash,
      isDeploymentAdmin: true,
    });
    const body = { type: 'm.login.password', user: 'root', password: 'secret' };
    admin = String((await call(0, 'POST', `${V3}/login`, { body })).body['access_token']);
  });

  function manage(replica: number, method: string, path: string, body?: unknown): Promise<Answer> {
    return call(replica, method, `/_plexus/admin/v1${path}`, { token: admin, body });
  }

  it('come, are suspended and go again while running, in every replica', async () => {
    const added = await manage(0, 'POST', '/servers', { server_name: 'two.example' });
    expect(added.status).toBe(201);
    const seen = async () => (await manage(1, 'GET', '/servers/two.example')).status;
    await expect.poll(seen, { interval: 10, timeout: 1_000 }).toBe(200);
    const token = await register('fred', 'two.example');
    expect(await whoAmI(1, token)).toBe(200);

    await manage(1, 'POST', '/servers/two.example/suspend');
    expect(await whoAmI(1, token)).toBe(403);
    await expect.poll(() => whoAmI(0, token), { interval: 10, timeout: 1_000 }).toBe(403);
    await manage(0, 'POST', '/servers/two.example/resume');
    await expect.poll(() => whoAmI(1, token), { interval: 10, timeout: 1_000 }).toBe(200);

    const job = await manage(0, 'DELETE', '/servers/two.example');
    expect(job.status).toBe(202);
    const step = async () => (await manage(1, 'GET', `/server_removals/${String(job.body['job_id'])}`)).body['step'];
    await expect.poll(step, { interval: 50, timeout: 10_000 }).toBe('done');
    await expect.poll(seen, { interval: 10, timeout: 1_000 }).toBe(404);
    expect(await whoAmI(0, token)).toBe(401);
    expect(await new PostgresUsers(temporary.database).findUser('@fred:two.example')).toBeUndefined();
    expect((await manage(0, 'POST', '/servers', { server_name: 'two.example' })).status).toBe(201);
  });

  it('of the configuration have a key and stay', async () => {
    const server = await manage(0, 'GET', '/servers/one.example');
    expect(server.body).toMatchObject({ origin: 'configuration', status: 'active' });
    expect((await manage(0, 'DELETE', '/servers/one.example')).status).toBe(409);
    const text = `select 1 from server_signing_keys where server_name = 'one.example'`;
    expect(await temporary.database.run({ name: 'count_keys', text })).toHaveLength(1);
  });
});
