import { CacheStoreError } from '@plexus/cache';
import type { BucketUse, TokenBuckets } from '@plexus/cache';
import { isSilence, openRedis, untilReady } from './open-redis.ts';
import type { RedisClient } from './open-redis.ts';
import type { RedisConnection } from './redis-place.ts';
import { SilenceGuard } from './silence-guard.ts';

export interface RedisTokenBucketsOptions extends RedisConnection {
  /** Before every key: keeps deployments in the same Redis apart. */
  readonly keyPrefix?: string;
}

interface Scripts {
  plexusUseBucket(key: string, perSecond: number, burst: number, takes: number, count: number): Promise<string>;
}

/** Buckets in Redis, counted by its clock. A bucket that would be full again is forgotten. */
export class RedisTokenBuckets implements TokenBuckets {
  readonly #redis: RedisClient & Scripts;
  readonly #prefix: string;
  readonly #guard = new SilenceGuard(isSilence);

  constructor(options: RedisTokenBucketsOptions) {
    this.#prefix = `${options.keyPrefix ?? 'plexus:'}bucket:`;
    const redis = openRedis(options);
    redis.defineCommand('plexusUseBucket', { numberOfKeys: 1, lua: USE_BUCKET });
    this.#redis = redis as RedisClient & Scripts;
  }

  /** Resolves when the connection stands for the first time. */
  connected(): Promise<void> {
    return untilReady(this.#redis);
  }

  async use({ key, size, mode, count = 1 }: BucketUse): Promise<number> {
    try {
      const takes = mode === 'take' ? 1 : 0;
      const wait = await this.#guard.ask(() =>
        this.#redis.plexusUseBucket(this.#prefix + key, size.perSecond, size.burst, takes, count),
      );
      return Math.min(Number(wait), Number.MAX_SAFE_INTEGER);
    } catch (error) {
      throw new CacheStoreError('the shared buckets cannot be reached', { cause: error });
    }
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }
}

/** KEYS: the bucket. ARGV: tokens per second, burst, 1 to take, how many. Answers the wait in ms, as text: Redis cuts numbers down. */
const USE_BUCKET = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local perSecond, burst, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4])
local held = redis.call('HMGET', KEYS[1], 'level', 'at')
local level = burst
if held[1] then
  local passed = math.max(0, now - tonumber(held[2]))
  level = math.min(burst, tonumber(held[1]) + passed / 1000 * perSecond)
end
local wait = 0
if level < count then
  wait = 9007199254740991
  if perSecond > 0 and count <= burst then wait = math.min(wait, math.ceil((count - level) / perSecond * 1000)) end
elseif ARGV[3] == '1' then
  level = level - count
end
if ARGV[3] == '1' then
  redis.call('HSET', KEYS[1], 'level', string.format('%.17g', level), 'at', string.format('%.17g', now))
  local life = 2592000000
  if perSecond > 0 then life = math.min(life, math.ceil((burst - level) / perSecond * 1000) + 1000) end
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', life))
end
return string.format('%.0f', wait)`;
