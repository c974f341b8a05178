import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { CacheStoreError } from '@plexus/cache';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { RedisCacheStore } from './redis-store.ts';

const url = process.env['PLEXUS_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';
const username = `deaf-${randomUUID()}`;
const PATIENCE = { timeout: 10_000, interval: 50 };

let operator: Redis;
beforeAll(() => {
  operator = new Redis(url);
});
afterAll(async () => {
  await operator.call('ACL', 'DELUSER', username);
  operator.disconnect();
});

it('tells of a Redis that does not let its login listen, and listens as soon as it may, on the same connection', async () => {
  await operator.call('ACL', 'SETUSER', username, 'on', '>secret', '~*', 'resetchannels', '+@all');
  const notHeard = vi.fn<(error: CacheStoreError) => void>();
  const place = { kind: 'single', url, login: { username, password: 'secret' } } as const;
  const keyPrefix = `${randomUUID()}:`;
  const store = new RedisCacheStore({ place, keyPrefix, notHeard, nextLease: randomUUID });
  const heard = vi.fn<(name: string, keys: readonly string[]) => void>();
  store.onInvalidation(heard);
  await vi.waitFor(() => expect(notHeard).toHaveBeenCalled(), PATIENCE);
  expect(notHeard.mock.calls[0]?.[0]).toMatchObject({
    message: 'Redis does not let itself be listened to for changes',
    cause: { message: expect.stringContaining('NOPERM') },
  });
  const before = await connections();
  await operator.call('ACL', 'SETUSER', username, '&*');
  await vi.waitFor(async () => {
    await operator.publish(`${keyPrefix}invalidations`, JSON.stringify(['rooms', ['k']]));
    expect(heard).toHaveBeenCalledWith('rooms', ['k']);
  }, PATIENCE);
  expect(await connections()).toEqual(before);
  await store.close();
});

/** By the ids of those of the login. */
async function connections(): Promise<string[]> {
  const clients = String(await operator.call('CLIENT', 'LIST')).split('\n');
  return clients.filter((line) => line.includes(`user=${username} `)).map((line) => line.split(' ')[0] ?? '');
}
