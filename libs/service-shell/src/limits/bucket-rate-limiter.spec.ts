import { expect, it } from 'vitest';
import { MemoryTokenBuckets } from '@plexus/cache-memory';
import type { HostedServerRateLimits } from '@plexus/storage';
import { FakeHostedServers } from '@plexus/testing';
import { readEnvironment } from '../config/environment.ts';
import { loadConfigText } from '../config/load-config.ts';
import { BucketRateLimiter } from './bucket-rate-limiter.ts';
import { CopiedOverrides } from './limit-overrides.ts';
import { deploymentLimits, serverRateLimitsOf, writtenLimitsOf } from './limit-settings.ts';
import { requireUserWithinLimit } from './rate-limiter.ts';

const YAML = 'servers: []\nrate_limits: { rc_message: { per_second: 2, burst_count: 1 } }';

async function limiterOf(own: HostedServerRateLimits, yaml = YAML): Promise<BucketRateLimiter> {
  const servers = new FakeHostedServers(['one.example', 'two.example']);
  await servers.changeServer('two.example', { settings: { rateLimits: own } });
  const buckets = new MemoryTokenBuckets({ now: () => 0 });
  return new BucketRateLimiter(
    buckets,
    servers,
    deploymentLimits(loadConfigText(yaml, readEnvironment({})).rate_limits),
  );
}

function sendAs(limiter: BucketRateLimiter, serverName: string): Promise<number> | number {
  return limiter.use({ action: 'message', serverName, key: 'someone' });
}

it('counts for all replicas, each hosted server apart', async () => {
  const limiter = await limiterOf({});
  expect([await sendAs(limiter, 'one.example'), await sendAs(limiter, 'one.example')]).toEqual([0, 500]);
  expect(await sendAs(limiter, 'two.example')).toBe(0);
});

it('lets a hosted server have limits of its own, above or below the deployment’s', async () => {
  const limiter = await limiterOf({ sizes: { message: { perSecond: 1, burst: 2 } } });
  const waits = [1, 2, 3].map(() => sendAs(limiter, 'two.example'));
  expect(await Promise.all(waits)).toEqual([0, 0, 1000]);
  expect([await sendAs(limiter, 'one.example'), await sendAs(limiter, 'one.example')]).toEqual([0, 500]);
});

it('lets a hosted server have none, or be the only one with limits', async () => {
  const free = await limiterOf({ enabled: false });
  expect([await sendAs(free, 'two.example'), await sendAs(free, 'two.example')]).toEqual([0, 0]);
  const only = await limiterOf({ enabled: true }, YAML.replace('{ rc', '{ enabled: false, rc'));
  expect([await sendAs(only, 'one.example'), await sendAs(only, 'one.example')]).toEqual([0, 0]);
  expect([await sendAs(only, 'two.example'), await sendAs(only, 'two.example')]).toEqual([0, 500]);
});

it('writes limits as it read them', () => {
  const limit = { per_second: 0.5, burst_count: 7 };
  const written = {
    enabled: true,
    rc_message: limit,
    rc_joins_per_room: limit,
    rc_admin_redaction: limit,
    rc_login: { account: limit },
    rc_joins: { local: limit, remote: limit },
    rc_presence: { per_user: limit },
    rc_tokens: { refresh: limit, openid: limit },
    rc_typing: limit,
  };
  expect(writtenLimitsOf(serverRateLimitsOf(written))).toEqual(written);
  expect(writtenLimitsOf(serverRateLimitsOf({}))).toEqual({});
});

it('lets a single user have limits of their own, or none, whichever server’s count', async () => {
  const servers = new FakeHostedServers(['one.example']);
  const buckets = new MemoryTokenBuckets({ now: () => 0 });
  const limits = deploymentLimits(loadConfigText(YAML, readEnvironment({})).rate_limits);
  const overrides = new Map([
    ['@free:one.example', { messagesPerSecond: 0, burstCount: 0 }],
    ['@slow:one.example', { messagesPerSecond: 0.5, burstCount: 1 }],
  ]);
  const limiter = new BucketRateLimiter(buckets, servers, limits, {
    overrides: { find: (userId) => overrides.get(userId) },
    isExempt: (userId) => userId === '@bridge:one.example',
  });
  const use = (userId: string): Promise<number> | number =>
    limiter.use({ action: 'message', serverName: 'one.example', key: userId, userId });
  for (const userId of ['@free:one.example', '@bridge:one.example']) {
    expect([await use(userId), await use(userId)]).toEqual([0, 0]);
  }
  expect([await use('@slow:one.example'), await use('@slow:one.example')]).toEqual([0, 2000]);
  expect([await use('@other:one.example'), await use('@other:one.example')]).toEqual([0, 500]);
});

it('lets a user’s own limits widen what clients do by themselves, and never narrow it', async () => {
  const servers = new FakeHostedServers(['one.example']);
  const buckets = new MemoryTokenBuckets({ now: () => 0 });
  const yaml = 'servers: []\nrate_limits: { rc_typing: { per_second: 1, burst_count: 2 } }';
  const limits = deploymentLimits(loadConfigText(yaml, readEnvironment({})).rate_limits);
  const overrides = new Map([
    ['@wide:one.example', { messagesPerSecond: 2, burstCount: 3 }],
    ['@slow:one.example', { messagesPerSecond: 0.5, burstCount: 1 }],
  ]);
  const limiter = new BucketRateLimiter(buckets, servers, limits, {
    overrides: { find: (userId) => overrides.get(userId) },
    isExempt: () => false,
  });
  const type = (userId: string): Promise<number> | number =>
    limiter.use({ action: 'typing', serverName: 'one.example', key: userId, userId });
  const wide = [1, 2, 3, 4].map(() => type('@wide:one.example'));
  expect(await Promise.all(wide)).toEqual([0, 0, 0, 500]);
  const slow = [1, 2, 3].map(() => type('@slow:one.example'));
  expect(await Promise.all(slow)).toEqual([0, 0, 1000]);
});

it('counts redactions by administrators as events, where they have no limit of their own', async () => {
  const limiter = await limiterOf({ sizes: { 'admin-redaction': { perSecond: 1, burst: 2 } } });
  const redact = (serverName: string): Promise<number> | number =>
    limiter.use({ action: 'admin-redaction', serverName, key: 'admin' });
  expect([await redact('two.example'), await redact('two.example'), await redact('two.example')]).toEqual([0, 0, 1000]);
  expect([await redact('one.example'), await redact('one.example')]).toEqual([0, 500]);
});

it('reads overrides again once they are a second old, and goes on with them where they cannot be read', async () => {
  let now = 0;
  let stored = new Map([['@a:one.example', { messagesPerSecond: 1, burstCount: 1 }]]);
  const failures: unknown[] = [];
  const listRateLimits = async () => {
    if (now === 3_000) throw new Error('away');
    return stored;
  };
  const overrides = new CopiedOverrides({ listRateLimits }, { now: () => now }, (error) => failures.push(error));
  overrides.find('@a:one.example');
  await Promise.resolve();
  expect(overrides.find('@a:one.example')).toEqual({ messagesPerSecond: 1, burstCount: 1 });
  stored = new Map();
  expect(overrides.find('@a:one.example')).toBeDefined();
  now = 3_000;
  overrides.find('@a:one.example');
  await Promise.resolve();
  expect([failures.length, overrides.find('@a:one.example')]).toEqual([1, expect.anything()]);
  now = 5_000;
  overrides.find('@a:one.example');
  await Promise.resolve();
  expect(overrides.find('@a:one.example')).toBeUndefined();
});

it('limits what all users of a hosted server send together, also those whom nothing else limits', async () => {
  const limiter = await limiterOf({
    sizes: { 'server-message': { perSecond: 1, burst: 2 }, message: { perSecond: 10, burst: 10 } },
  });
  const send = (userId: string, isUnlimited = false): Promise<void> =>
    requireUserWithinLimit(limiter, { userId, serverName: userId.split(':')[1] ?? '', isUnlimited }, 'message');
  await send('@a:two.example');
  await send('@bot:two.example', true);
  await expect(send('@b:two.example')).rejects.toMatchObject({ httpStatus: 429 });
  await expect(send('@bot:two.example', true)).rejects.toMatchObject({ httpStatus: 429 });
  await send('@a:one.example');
});

it('counts what is done several times at once as often', async () => {
  const limiter = await limiterOf({ sizes: { 'invite-by-user': { perSecond: 1, burst: 3 } } });
  const invite = (count: number): Promise<number> | number =>
    limiter.use({ action: 'invite-by-user', serverName: 'two.example', key: 'someone', count });
  expect([await invite(2), await invite(2), await invite(1)]).toEqual([0, 1000, 0]);
});

it('says to wait a day where nothing will ever be allowed', async () => {
  const limiter = await limiterOf({ sizes: { 'invite-by-user': { perSecond: 1, burst: 3 } } });
  const requester = { userId: '@a:two.example', serverName: 'two.example' };
  const invites = requireUserWithinLimit(limiter, requester, 'invite-by-user', { count: 4 });
  await expect(invites).rejects.toMatchObject({ httpStatus: 429, extra: { retry_after_ms: 86_400_000 } });
});
