import { Redis } from 'ioredis';
import type { CacheName, SharedCacheStore, SharedFill, SharedLimits, SharedRead, SharedSpace } from '@plexus/cache';
import { CacheStoreError } from '@plexus/cache';
import { BEGIN_CHANGE, END_CHANGE, FILL, READ } from './scripts.ts';

export interface RedisStoreOptions {
  readonly url: string;
  /** How long a command may take, in milliseconds, before the value is loaded instead. */
  readonly commandTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** Before every key and channel: keeps deployments in the same Redis apart. */
  readonly keyPrefix?: string;
  readonly nextLease: () => string;
}

interface ScriptedRedis extends Redis {
  plexusRead(prefix: string, ...args: (string | number)[]): Promise<(Buffer | null)[]>;
  plexusReadBuffer(prefix: string, ...args: (string | number)[]): Promise<(Buffer | null)[]>;
  plexusFill(prefix: string, ...args: (string | number | Buffer)[]): Promise<number>;
  plexusBeginChange(prefix: string, ...args: (string | number)[]): Promise<number>;
  plexusEndChange(prefix: string, ...args: (string | number)[]): Promise<number>;
}

const LEASE_MS = 10_000;
/** A change that is not ended in this time belongs to a process that died; its commit, if it happened, is older than that. */
const CHANGE_MARK_MS = 60_000;
const LONGEST_LIFE_MS = 24 * 3_600_000;
const DEFAULT_PREFIX = 'plexus:';

/**
 * Level two in Redis. Commands fail fast (`CacheStoreError`) while Redis is away; a connection that was lost and has come back may
 * lead to an emptied or an older Redis, so every return raises doubt.
 */
export class RedisCacheStore implements SharedCacheStore {
  readonly #commands: ScriptedRedis;
  readonly #subscriber: Redis;
  readonly #prefix: string;
  readonly #channel: string;
  readonly #nextLease: () => string;
  readonly #doubtListeners: (() => void)[] = [];

  constructor(options: RedisStoreOptions) {
    this.#prefix = options.keyPrefix ?? DEFAULT_PREFIX;
    this.#channel = `${this.#prefix}invalidations`;
    this.#nextLease = options.nextLease;
    const connection = {
      // @NOTE ioredis drops messages that RESP3 pushes.
      protocol: 2 as const,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: options.commandTimeoutMs ?? 250,
      connectTimeout: options.connectTimeoutMs ?? 1_000,
      retryStrategy: (attempt: number) => Math.min(50 * attempt, 1_000),
    };
    this.#commands = defineScripts(new Redis(options.url, connection));
    this.#subscriber = new Redis(options.url, { ...connection, enableOfflineQueue: true, maxRetriesPerRequest: null });
    this.#raiseDoubtOnReturn(this.#commands);
    this.#raiseDoubtOnReturn(this.#subscriber);
  }

  /** Resolves when both connections stand for the first time. */
  async connected(): Promise<void> {
    await Promise.all([this.#subscriber.subscribe(this.#channel), untilReady(this.#commands)]);
  }

  async read(space: SharedSpace, keys: readonly string[]): Promise<SharedRead[]> {
    const lease = this.#nextLease();
    const answers = await attempt(this.#commands.plexusReadBuffer(this.#prefixOf(space), lease, LEASE_MS, ...keys));
    return keys.map((_key, index) => ({
      value: answers[2 * index] ?? undefined,
      lease: answers[2 * index + 1]?.toString(),
    }));
  }

  async fill(space: SharedSpace, entries: readonly SharedFill[], limits: SharedLimits): Promise<void> {
    const values = entries.flatMap(({ key, value, lease }) => [key, Buffer.from(value), lease]);
    const life = Math.min(limits.timeToLiveMs ?? LONGEST_LIFE_MS, LONGEST_LIFE_MS);
    await attempt(this.#commands.plexusFill(this.#prefixOf(space), limits.capacity, life, ...values));
  }

  async beginChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    const message = JSON.stringify([space.name, keys]);
    await attempt(
      this.#commands.plexusBeginChange(
        this.#prefixOf(space),
        this.#channel,
        message,
        changeId,
        CHANGE_MARK_MS,
        ...keys,
      ),
    );
  }

  async endChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    const message = JSON.stringify([space.name, keys]);
    await attempt(this.#commands.plexusEndChange(this.#prefixOf(space), this.#channel, message, changeId, ...keys));
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

  #prefixOf(space: SharedSpace): string {
    return `${this.#prefix}{${space.name}}:${space.generation}:`;
  }

  #raiseDoubtOnReturn(connection: Redis): void {
    let wasReady = false;
    // What breaks a connection comes to light in the commands that it fails; without a listener it would end the process.
    connection.on('error', () => {});
    connection.on('ready', () => {
      if (wasReady) for (const listener of this.#doubtListeners) listener();
      wasReady = true;
    });
  }
}

function defineScripts(redis: Redis): ScriptedRedis {
  redis.defineCommand('plexusRead', { numberOfKeys: 1, lua: READ });
  redis.defineCommand('plexusFill', { numberOfKeys: 1, lua: FILL });
  redis.defineCommand('plexusBeginChange', { numberOfKeys: 1, lua: BEGIN_CHANGE });
  redis.defineCommand('plexusEndChange', { numberOfKeys: 1, lua: END_CHANGE });
  return redis as ScriptedRedis;
}

async function untilReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve) => redis.once('ready', () => resolve()));
}

async function attempt<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    throw new CacheStoreError('the shared cache cannot be reached', { cause: error });
  }
}
