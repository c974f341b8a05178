import { Cluster } from 'ioredis';
import type { Redis } from 'ioredis';
import type {
  CacheName,
  SharedCacheStore,
  SharedFill,
  SharedFillResult,
  SharedLimits,
  SharedRead,
  SharedSpace,
} from '@plexus/cache';
import { CacheStoreError, CacheStrangerError, listCacheNames } from '@plexus/cache';
import { channelOf, prefixOf } from './channel.ts';
import { HomeScripts } from './home-scripts.ts';
import type { ScriptName } from './home-scripts.ts';
import { keepSubscribed } from './keep-subscribed.ts';
import { isSilence, openRedis, openSubscriber, untilReady } from './open-redis.ts';
import type { RedisClient } from './open-redis.ts';
import type { RedisConnection } from './redis-place.ts';
import { STRANGER_ERRORS, TOUCH } from './scripts.ts';
import { SilenceGuard } from './silence-guard.ts';
import { UsedKeys } from './used-keys.ts';

export interface RedisStoreOptions extends RedisConnection {
  /** Before every key and channel: keeps deployments in the same Redis apart. */
  readonly keyPrefix?: string;
  readonly nextLease: () => string;
  /** Redis could not be told which keys were used of late: what goes first may be what is used much. Nothing waits for it. */
  readonly notTouched?: (error: CacheStoreError) => void;
}

type Argument = string | number | Buffer;

interface OwnCommands {
  plexusTouch(prefix: string, ...keys: readonly string[]): Promise<unknown>;
}

const LEASE_MS = 10_000;
/** A change that is not ended in this time belongs to a process that died; its commit, if it happened, is older than that. */
const CHANGE_MARK_MS = 60_000;
const LONGEST_LIFE_MS = 24 * 3_600_000;
/** So many keys beside the new ones make room in one call, at most. */
const MOST_EVICTED = 1_000;

/**
 * Level two in Redis. Commands fail fast (`CacheStoreError`) while Redis is away. Each is a script that only the Redis knows that the generation
 * has settled on, so that one which was restarted or has taken over tells of itself, whichever way the client came to it.
 */
export class RedisCacheStore implements SharedCacheStore {
  readonly #client: RedisClient & OwnCommands;
  readonly #subscriber: RedisClient;
  readonly #prefix: string;
  readonly #channel: string;
  readonly #nextLease: () => string;
  readonly #guard = new SilenceGuard(isSilence);
  readonly #used: UsedKeys<CacheName>;
  #scripts = new HomeScripts('');

  constructor(options: RedisStoreOptions) {
    this.#prefix = prefixOf(options.keyPrefix);
    this.#channel = channelOf(options.keyPrefix);
    this.#nextLease = options.nextLease;
    this.#used = new UsedKeys<CacheName>(
      (name, keys) => this.#touch(name, keys),
      (error) => options.notTouched?.(asStoreError(error)),
    );
    const client = openRedis(options);
    client.defineCommand('plexusTouch', { numberOfKeys: 1, lua: TOUCH });
    this.#client = client as RedisClient & OwnCommands;
    this.#subscriber = this.#client instanceof Cluster ? this.#client : openSubscriber(options);
    const message = 'Redis does not let itself be listened to for changes';
    keepSubscribed(this.#subscriber, {
      channel: this.#channel,
      failed: (cause) => options.notHeard?.(new CacheStoreError(message, { cause })),
    });
  }

  /** Resolves when both connections stand for the first time. */
  async connected(): Promise<void> {
    await Promise.all([untilReady(this.#subscriber), untilReady(this.#client)]);
    await this.#subscriber.subscribe(this.#channel);
  }

  async read(space: SharedSpace, keys: readonly string[]): Promise<SharedRead[]> {
    const answers = await this.#run<(Buffer | null)[]>('read', space, [this.#nextLease(), LEASE_MS, ...keys]);
    return keys.map((key, index) => {
      const value = answers[2 * index] ?? undefined;
      if (value !== undefined) this.#used.note(space.name, key);
      return { value, lease: answers[2 * index + 1]?.toString() };
    });
  }

  async fill(space: SharedSpace, entries: readonly SharedFill[], limits: SharedLimits): Promise<SharedFillResult> {
    const values = entries.flatMap(({ key, value, lease }) => [key, Buffer.from(value), lease]);
    const life = Math.min(limits.timeToLiveMs ?? LONGEST_LIFE_MS, LONGEST_LIFE_MS);
    const args = [limits.capacity, life, MOST_EVICTED + entries.length, ...values];
    const [size = 0, evicted = 0] = await this.#run<number[]>('fill', space, args);
    return { size, evicted };
  }

  async beginChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    const message = JSON.stringify([space.name, keys]);
    await this.#run('beginChange', space, [this.#channel, message, changeId, CHANGE_MARK_MS, ...keys]);
  }

  async endChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    const message = JSON.stringify([space.name, keys]);
    await this.#run('endChange', space, [this.#channel, message, changeId, ...keys]);
  }

  /** @NOTE Every master of a Redis Cluster has the scripts: a name may lie on any of them. */
  async settle(generation: number, last: string | undefined): Promise<string> {
    try {
      const scripts = last !== undefined && (await this.#isKnown(last)) ? new HomeScripts(last) : await this.#load();
      const homes = listCacheNames().map((name) => this.#client.set(`${this.#prefixOf(name)}home`, generation));
      await Promise.all(homes);
      return scripts.home;
    } catch (error) {
      throw asStoreError(error);
    }
  }

  async tell(name: CacheName, keys: readonly string[]): Promise<void> {
    try {
      await this.#guard.ask(() => this.#client.publish(this.#channel, JSON.stringify([name, keys])));
    } catch (error) {
      throw asStoreError(error);
    }
  }

  onInvalidation(listener: (name: CacheName, keys: readonly string[]) => void): void {
    this.#subscriber.on('message', (_channel: string, message: string) => {
      const [name, keys]: [CacheName, string[]] = JSON.parse(message);
      listener(name, keys);
    });
  }

  async close(): Promise<void> {
    this.#used.stop();
    this.#client.disconnect();
    this.#subscriber.disconnect();
  }

  async #run<T>(script: ScriptName, { name, generation, home }: SharedSpace, args: Argument[]): Promise<T> {
    if (this.#scripts.home !== home) this.#scripts = new HomeScripts(home);
    const hash = this.#scripts.hashOf(script);
    const call = (): Promise<unknown> =>
      this.#client.callBuffer('evalsha', hash, 1, this.#prefixOf(name), generation, ...args);
    try {
      const answer = await (isOfChange(script) ? this.#guard.listen(call) : this.#guard.ask(call));
      return answer as T;
    } catch (error) {
      throw asStoreError(error);
    }
  }

  /** What was used lately goes later. */
  async #touch(name: CacheName, keys: readonly string[]): Promise<void> {
    await this.#guard.ask(() => this.#client.plexusTouch(this.#prefixOf(name), ...keys));
  }

  async #isKnown(home: string): Promise<boolean> {
    const { hashes } = new HomeScripts(home);
    const answers = await Promise.all(this.#masters().map((master) => master.script('EXISTS', ...hashes)));
    return answers.flat().every((answer) => answer === 1);
  }

  async #load(): Promise<HomeScripts> {
    const scripts = new HomeScripts(this.#nextLease());
    const loads = this.#masters().flatMap((master) => scripts.texts.map((text) => master.script('LOAD', text)));
    await Promise.all(loads);
    return scripts;
  }

  #masters(): Redis[] {
    return this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client];
  }

  #prefixOf(name: CacheName): string {
    return `${this.#prefix}{${name}}:`;
  }
}

/** A change that is not told closes the shared level for everybody: that is worth trying. */
function isOfChange(script: ScriptName): boolean {
  return script === 'beginChange' || script === 'endChange';
}

function asStoreError(error: unknown): CacheStoreError {
  // @NOTE The client of a Redis Cluster puts words of its own before what Redis says.
  const isStranger = error instanceof Error && STRANGER_ERRORS.some((code) => error.message.includes(`${code} `));
  if (isStranger) return new CacheStrangerError('the Redis is not the home of the generation', { cause: error });
  return new CacheStoreError('the shared cache cannot be reached', { cause: error });
}
