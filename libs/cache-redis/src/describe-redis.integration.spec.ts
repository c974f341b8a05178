import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeRedis } from './describe-redis.ts';

const url = process.env['PLEXUS_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';
const username = `reserved-${randomUUID()}`;

let operator: Redis;
beforeAll(() => {
  operator = new Redis(url);
});
afterAll(async () => {
  await operator.call('ACL', 'DELUSER', username);
  operator.disconnect();
});

it('tells the version, and what bounds the memory', async () => {
  expect(await describeRedis({ place: { kind: 'single', url } })).toEqual([
    {
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      maxMemory: expect.any(Number),
      maxMemoryPolicy: expect.stringMatching(/^[a-z]+(-[a-z]+)?$/),
      mayListen: true,
    },
  ]);
});

it('tells whether its login may listen to what others change', async () => {
  await operator.call('ACL', 'SETUSER', username, 'on', '>secret', '~*', 'resetchannels', '&mine:*', '+@all');
  const place = { kind: 'single', url, login: { username, password: 'secret' } } as const;
  expect(await describeRedis({ place, keyPrefix: 'mine:' })).toMatchObject([{ mayListen: true }]);
  expect(await describeRedis({ place, keyPrefix: 'others:' })).toMatchObject([{ mayListen: false }]);
});

it('asks nothing that its login may not ask', async () => {
  await operator.call('ACL', 'SETUSER', username, 'on', '>secret', '~*', '&*', '+@all', '-info');
  const login = { username, password: 'secret' };
  expect(await describeRedis({ place: { kind: 'single', url, login } })).toEqual([]);
});

it('says why it cannot be reached', async () => {
  const nobody = { place: { kind: 'single', url: 'redis://127.0.0.1:1' } } as const;
  await expect(describeRedis(nobody)).rejects.toThrow('Redis cannot be reached: connect ECONNREFUSED 127.0.0.1:1');
  const stranger = { place: { kind: 'single', url, login: { username, password: 'wrong' } } } as const;
  await expect(describeRedis(stranger)).rejects.toThrow(/^Redis cannot be reached: (WRONGPASS|NOAUTH)/);
});
