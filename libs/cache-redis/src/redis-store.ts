import { Cluster } from 'ioredis';
import type {
  CacheName,
  SharedCacheStore,
  SharedFill,
  SharedFillResult,
  SharedLimits,
  SharedRead,
  SharedSpace,
} from '@plexus/cache';
import { CacheStoreError } from '@plexus/cache';
import { openRedis, openSubscriber, untilReady } from './open-redis.ts';
import type { RedisClient } from './open-redis.ts';
import type { RedisConnection } from './redis-place.ts';
import { BEGIN_CHANGE, END_CHANGE, FILL, READ } from './scripts.ts';
import { watchReturns } from './watch-returns.ts';

export interface RedisStoreOptions extends RedisConnection {
  /** Before every key and channel: keeps deployments in the same Redis apart. */
  readonly keyPrefix?: string;
  readonly nextLease: () => string;
}

/** The scripts, as a client has them once they are defined. */
interface Scripts {
  plexusReadBuffer(prefix: string, ...args: (string | number)[]): Promise<(Buffer | null)[]>;
  plexusFill(prefix: string, ...args: (string | number | Buffer)[]): Promise<[size: number, evicted: number]>;
  plexusBeginChange(prefix: string, ...args: (string | number)[]): Promise<number>;
  plexusEndChange(prefix: string, ...args: (string | number)[]): Promise<number>;
}

const LEASE_MS = 10_000;
/** A change that is not ended in this time belongs to a process that died; its commit, if it happened, is older than that. */
const CHANGE_MARK_MS = 60_000;
const LONGEST_LIFE_MS = 24 * 3_600_000;
/** So many keys beside the new ones make room in one call, at most. */
const MOST_EVICTED = 1_000;
const DEFAULT_PREFIX = 'plexus:';

/**
 * Level two in Redis. Commands fail fast (`CacheStoreError`) while Redis is away; a connection that was lost and has come back may
 * lead to an emptied or an older Redis, so every return raises doubt.
 */
export class RedisCacheStore implements SharedCacheStore {
  readonly #commands: RedisClient & Scripts;
  readonly #subscriber: RedisClient;
  readonly #prefix: string;
  readonly #channel: string;
  readonly #nextLease: () => string;
  readonly #doubtListeners: (() => void)[] = [];

  constructor(options: RedisStoreOptions) {
    this.#prefix = options.keyPrefix ?? DEFAULT_PREFIX;
    this.#channel = `${this.#prefix}invalidations`;
    this.#nextLease = options.nextLease;
    const client = openRedis(options);
    this.#commands = defineScripts(client);
    this.#subscriber = client instanceof Cluster ? client : openSubscriber(options);
    const doubt = (): void => this.#doubtListeners.forEach((listener) => listener());
    watchReturns(client, doubt);
    if (this.#subscriber !== client) watchReturns(this.#subscriber, doubt);
    // Where nobody could be subscribed to at first, it is tried again with each connection.
    this.#subscriber.on('ready', () => this.#subscriber.subscribe(this.#channel).catch(ignoreFailure));
  }

  /** Resolves when both connections stand for the first time. */
  async connected(): Promise<void> {
    await Promise.all([untilReady(this.#subscriber), untilReady(this.#commands)]);
    await this.#subscriber.subscribe(this.#channel);
  }

  async read({ name, generation }: SharedSpace, keys: readonly string[]): Promise<SharedRead[]> {
    const args = [generation, this.#nextLease(), LEASE_MS, ...keys];
    const answers = await attempt(this.#commands.plexusReadBuffer(this.#prefixOf(name), ...args));
    return keys.map((_key, index) => ({
      value: answers[2 * index] ?? undefined,
      lease: answers[2 * index + 1]?.toString(),
    }));
  }

  async fill(
    { name, generation }: SharedSpace,
    entries: readonly SharedFill[],
    limits: SharedLimits,
  ): Promise<SharedFillResult> {
    const values = entries.flatMap(({ key, value, lease }) => [key, Buffer.from(value), lease]);
    const life = Math.min(limits.timeToLiveMs ?? LONGEST_LIFE_MS, LONGEST_LIFE_MS);
    const args = [generation, limits.capacity, life, MOST_EVICTED + entries.length, ...values];
    const [size, evicted] = await attempt(this.#commands.plexusFill(this.#prefixOf(name), ...args));
    return { size, evicted };
  }

  async beginChange(name: CacheName, keys: readonly string[], changeId: string): Promise<void> {
    const args = [this.#channel, JSON.stringify([name, keys]), changeId, CHANGE_MARK_MS, ...keys];
    await attempt(this.#commands.plexusBeginChange(this.#prefixOf(name), ...args));
  }

  async endChange(name: CacheName, keys: readonly string[], changeId: string): Promise<void> {
    const args = [this.#channel, JSON.stringify([name, keys]), changeId, ...keys];
    await attempt(this.#commands.plexusEndChange(this.#prefixOf(name), ...args));
  }

  onInvalidation(listener: (name: CacheName, keys: readonly string[]) => void): void {
    this.#subscriber.on('message', (_channel: string, message: string) => {
      const [name, keys]: [CacheName, string[]] = JSON.parse(message);
      listener(name, keys);
    });
  }

  onDoubt(listener: () => void): void {
    this.#doubtListeners.push(listener);
  }

  async close(): Promise<void> {
    this.#commands.disconnect();
    this.#subscriber.disconnect();
  }

  #prefixOf(name: CacheName): string {
    return `${this.#prefix}{${name}}:`;
  }
}

function defineScripts(client: RedisClient): RedisClient & Scripts {
  client.defineCommand('plexusRead', { numberOfKeys: 1, lua: READ });
  client.defineCommand('plexusFill', { numberOfKeys: 1, lua: FILL });
  client.defineCommand('plexusBeginChange', { numberOfKeys: 1, lua: BEGIN_CHANGE });
  client.defineCommand('plexusEndChange', { numberOfKeys: 1, lua: END_CHANGE });
  return client as RedisClient & Scripts;
}

/** The next connection tries again. */
function ignoreFailure(): void {}

async function attempt<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    throw new CacheStoreError('the shared cache cannot be reached', { cause: error });
  }
}
