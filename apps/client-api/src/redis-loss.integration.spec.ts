import { openResources } from '@plexus/service-adapters';
import { createLogger, loadConfigText, readEnvironment, startService } from '@plexus/service-shell';
import type { RunningService } from '@plexus/service-shell';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ask } from '../../../tests/support/servers/redis-groups.ts';
import { createRedis } from '../../../tests/support/servers/redis.ts';
import type { TestServer } from '../../../tests/support/servers/server-process.ts';
import { createTestDatabase } from '../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../tests/support/test-database.ts';
import { ClientApiModule } from './client-api.module.ts';

const V3 = '/_matrix/client/v3';
const ROUNDS = 6;
/** What one request takes at most: commands without an answer, in parts one after the other, and what a busy machine takes besides. */
const LONGEST_MS = 2_000;
/** The shared level stays closed for 15 s after Redis has lost its memory. */
const PATIENCE = { timeout: 50_000, interval: 50 };

let redis: TestServer;
let temporary: TestDatabase;
let service: RunningService;

beforeAll(async () => {
  [redis, temporary] = [await createRedis(), await createTestDatabase()];
  await redis.start();
  service = await startClientApi();
});
afterAll(async () => {
  await service.stop();
  await temporary.drop();
  await redis.dispose();
});

function startClientApi(): Promise<RunningService> {
  const plenty = '{ per_second: 1000, burst_count: 1000 }';
  const yaml = `
servers: [{ server_name: one.example }]
room_shards: 4
registration: { enabled: true }
rate_limits: { rc_login: { address: ${plenty}, account: ${plenty}, failed_attempts: { per_second: 0.001, burst_count: 3 } } }
password_hashing: { memory_kib: 8, iterations: 1, parallelism: 1 }
database: { url: '${temporary.url}' }
cache: { adapter: redis, redis: { url: '${redis.address}' } }
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

interface Answer {
  readonly status: number;
  readonly body: { readonly [key: string]: unknown };
}

let longestMs = 0;

async function call(
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown },
): Promise<Answer> {
  const port = service.listeners[0]?.addresses[0]?.port;
  const headers = { ...(token !== undefined && { Authorization: `Bearer ${token}` }) };
  const begun = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}${V3}/${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = { status: response.status, body: JSON.parse(await response.text()) };
  longestMs = Math.max(longestMs, performance.now() - begun);
  return answer;
}

function logIn(user: string, password = 'secret'): Promise<Answer> {
  return call('POST', 'login', { body: { type: 'm.login.password', user, password } });
}

/** What needs Redis where there is one: limits, tokens, and changes of both. */
async function logInAndOut(user: string): Promise<number[]> {
  const { status, body } = await logIn(user);
  const token = String(body['access_token']);
  const statuses = [status];
  for (const [method, path] of [
    ['GET', 'account/whoami'],
    ['POST', 'logout'],
    ['GET', 'account/whoami'],
  ] as const)
    statuses.push((await call(method, path, { token })).status);
  return statuses;
}

function askRedis(...command: string[]): Promise<string> {
  return ask(Number(new URL(redis.address).port), command);
}

it.each<[string, () => Promise<void> | void, () => Promise<void> | void]>([
  ['hangs', () => redis.signal('SIGSTOP'), () => redis.signal('SIGCONT')],
  ['is killed, and starts again empty', () => redis.kill(), () => redis.start()],
  ['is emptied', async () => void (await askRedis('FLUSHALL')), () => {}],
])('answers as before where Redis %s, and uses it again by itself', async (name, fail, heal) => {
  const user = `user-${name.replaceAll(/[^a-z]/g, '-')}`;
  const registered = { username: user, password: 'secret', auth: { type: 'm.login.dummy' } };
  expect((await call('POST', 'register', { body: registered })).status).toBe(200);
  longestMs = 0;
  await fail();
  for (let round = 0; round < ROUNDS; round += 1) expect(await logInAndOut(user)).toEqual([200, 200, 200, 401]);
  const refused: number[] = [];
  for (let count = 0; count < 5; count += 1) refused.push((await logIn(user, 'wrong')).status);
  expect(refused).toEqual([403, 403, 403, 429, 429]);
  expect(longestMs).toBeLessThan(LONGEST_MS);
  await heal();
  await vi.waitFor(async () => {
    await logIn('nobody');
    // Nobody looks for the shared level while nobody uses it.
    expect((await call('GET', 'account/whoami', { token: 'unknown' })).status).toBe(401);
    expect(await askRedis('KEYS', 'plexus:bucket:*')).not.toBe('');
    expect(await askRedis('EXISTS', 'plexus:{access_tokens}:home')).toBe('1');
  }, PATIENCE);
});
