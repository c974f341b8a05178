import { expect, it } from 'vitest';
import { MemoryTokenBuckets } from '@plexus/cache-memory';
import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import type { HostedServerRateLimits } from '@plexus/storage';
import { FakeHostedServers } from '@plexus/testing';
import { deploymentLimits } from '../config.ts';
import { BucketRateLimiter } from './bucket-rate-limiter.ts';
import { serverRateLimitsOf, writtenLimitsOf } from './limit-settings.ts';

const YAML = 'servers: []\nrate_limits: { rc_message: { per_second: 2, burst_count: 1 } }';

async function limiterOf(own: HostedServerRateLimits, yaml = YAML): Promise<BucketRateLimiter> {
  const servers = new FakeHostedServers(['one.example', 'two.example']);
  await servers.changeServer('two.example', { settings: { rateLimits: own } });
  const buckets = new MemoryTokenBuckets({ now: () => 0 });
  return new BucketRateLimiter(buckets, servers, deploymentLimits(loadConfigText(yaml, readEnvironment({}))));
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
  const written = { enabled: true, rc_message: limit, rc_login: { account: limit }, rc_joins: { local: limit } };
  expect(writtenLimitsOf(serverRateLimitsOf(written))).toEqual(written);
  expect(writtenLimitsOf(serverRateLimitsOf({}))).toEqual({});
});
