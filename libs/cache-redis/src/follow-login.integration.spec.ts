import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RedisPlace } from './redis-place.ts';
import { RedisTokenBuckets } from './redis-token-buckets.ts';

const url = process.env['PLEXUS_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';
const username = `login-${randomUUID()}`;

let operator: Redis;
beforeAll(() => {
  operator = new Redis(url);
});
afterAll(async () => {
  await operator.call('ACL', 'DELUSER', username);
  operator.disconnect();
});

function urlWith(password: string): string {
  const named = new URL(url);
  [named.username, named.password] = [username, password];
  return named.toString();
}

async function setPassword(password: string): Promise<void> {
  await operator.call('ACL', 'SETUSER', username, 'on', 'resetpass', `>${password}`, '~*', '&*', '+@all');
  await operator.call('CLIENT', 'KILL', 'USER', username);
}

it.each([
  ['its URL', (password: string): RedisPlace => ({ kind: 'single', url: urlWith(password) })],
  ['a login', (password: string): RedisPlace => ({ kind: 'single', url, login: { username, password } })],
])('connects again with the password that %s has by then', async (_name, placeWith) => {
  let password = 'first/secret';
  await setPassword(password);
  const buckets = new RedisTokenBuckets({ place: placeWith(password), placeByThen: () => placeWith(password) });
  await buckets.connected();
  password = 'second/secret';
  await setPassword(password);
  const size = { perSecond: 10, burst: 10 };
  expect(await vi.waitFor(() => buckets.use({ key: username, size, mode: 'take' }), { timeout: 10_000 })).toBe(0);
  await buckets.close();
});
