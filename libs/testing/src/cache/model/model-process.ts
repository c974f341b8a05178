import { CacheStoreError, PolledGenerations, ProcessCaches } from '@plexus/cache';
import type { CacheGenerations, FreshnessRules, NamedCache, SharedCacheStore } from '@plexus/cache';
import { ModelLink } from './model-links.ts';
import type { LinkState } from './model-links.ts';
import type { ModelPostgres } from './model-postgres.ts';
import type { ModelRedis } from './model-redis.ts';
import type { ModelWorld } from './model-world.ts';

const COMMAND_TIMEOUT_MS = 250;
/** A statement is given up then; what it does it may still do. */
const STATEMENT_TIMEOUT_MS = 1_200;

export interface ModelProcessOptions {
  readonly world: ModelWorld;
  readonly postgres: ModelPostgres;
  readonly redis: ModelRedis;
  readonly rules: FreshnessRules;
  /** What the generation is where nothing protects by it. */
  readonly generations?: CacheGenerations;
  /** Called when a commit has taken place, before this process hears of it. */
  readonly onCommitted: (process: ModelProcess) => void;
}

/** One process: the real caches over a connection to Redis, one on which Redis tells of changes, and one to Postgres. */
export class ModelProcess {
  readonly toRedis: LinkState = { isCut: false, slowness: 0 };
  readonly fromRedis: LinkState = { isCut: false, slowness: 0 };
  readonly toPostgres: LinkState = { isCut: false, slowness: 20 };
  readonly cache: NamedCache<number>;
  readonly caches: ProcessCaches;
  readonly #options: ModelProcessOptions;
  readonly #world: ModelWorld;
  readonly #clockOffset: number;
  readonly #commands: ModelLink;
  readonly #statements: ModelLink;
  readonly #generations: CacheGenerations & { start?(): Promise<void> };
  #redis: ModelRedis;
  #stopListening: () => void = () => {};
  #inbox: (() => void)[] | undefined;
  #onInvalidation: Parameters<SharedCacheStore['onInvalidation']>[0] = () => {};
  isDead = false;

  constructor(options: ModelProcessOptions) {
    const { world } = options;
    this.#options = options;
    this.#world = world;
    this.#redis = options.redis;
    this.#clockOffset = Math.trunc(world.between(0, 1e6));
    this.#commands = new ModelLink(world);
    this.#statements = new ModelLink(world);
    const clock = { now: () => world.now + this.#clockOffset, delay: (ms: number) => this.delay(ms) };
    const store = this.#buildStore();
    this.#generations = options.generations ?? this.#buildGenerations(clock, store);
    this.caches = new ProcessCaches(
      { globalFactor: 1, perCacheFactors: {} },
      {
        store,
        generations: this.#generations,
        clock,
        nextChangeId: () => `change${world.nextOrder()}`,
        onStoreError: () => {},
        rules: options.rules,
      },
    );
    this.cache = this.caches.open<number>({ name: 'rooms', kind: 'mutable', codec, remembersAbsence: true });
    this.connect(options.redis);
  }

  /** A process whose database is away when it starts tries again. */
  start(): void {
    this.#generations.start?.().catch(() => this.#world.after(100, () => this.deliver(() => this.start())));
  }

  get redis(): ModelRedis {
    return this.#redis;
  }

  /** From now on its connections lead to this Redis. */
  connect(redis: ModelRedis): void {
    this.#stopListening();
    this.#redis = redis;
    this.#stopListening = redis.listen((name, keys) => {
      if (this.fromRedis.isCut) return;
      this.#world.after(this.#world.between(0.1, 1 + this.fromRedis.slowness), () =>
        this.deliver(() => this.#onInvalidation(name, keys)),
      );
    });
  }

  deliver(run: () => void): void {
    if (this.isDead) return;
    if (this.#inbox !== undefined) this.#inbox.push(run);
    else run();
  }

  pause(): void {
    this.#inbox ??= [];
  }

  /** What came meanwhile happens now, in any order. */
  resume(): void {
    const inbox = this.#inbox ?? [];
    this.#inbox = undefined;
    for (const run of inbox) this.#world.after(this.#world.random() / 10, () => this.deliver(run));
  }

  kill(): void {
    this.isDead = true;
    this.#stopListening();
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => this.#world.after(ms, () => this.deliver(resolve)));
  }

  load(keys: readonly string[]): Promise<Map<string, number>> {
    return this.#query(() => {
      const versions = keys.map((key): [string, number] => [key, this.#options.postgres.versionOf(key)]);
      return new Map(versions.filter(([, version]) => version > 0));
    });
  }

  commit(keys: readonly string[]): Promise<Map<string, number>> {
    return this.#query(() => {
      const versions = this.#options.postgres.commit(keys);
      this.#options.onCommitted(this);
      return versions;
    });
  }

  #query<T>(execute: () => T): Promise<T> {
    return this.#statements.request({
      link: this.toPostgres,
      receiver: this,
      submit: (command) => command(),
      execute,
      timeoutMs: STATEMENT_TIMEOUT_MS,
      timeoutError: () => new ModelPostgresError('no answer'),
    });
  }

  #command<T>(execute: (redis: ModelRedis) => T): Promise<T> {
    const redis = this.#redis;
    return this.#commands.request({
      link: this.toRedis,
      receiver: this,
      submit: (command) => redis.submit(command),
      execute: () => execute(redis),
      timeoutMs: COMMAND_TIMEOUT_MS,
      timeoutError: () => new CacheStoreError('no answer'),
    });
  }

  #buildStore(): SharedCacheStore {
    return {
      read: (space, keys) => this.#command((redis) => redis.read(space, keys)),
      fill: (space, entries, limits) => this.#command((redis) => redis.fill(space, entries, limits)),
      beginChange: (space, keys, id) => this.#command((redis) => redis.beginChange(space, keys, id)),
      endChange: (space, keys, id) => this.#command((redis) => redis.endChange(space, keys, id)),
      tell: () => Promise.resolve(),
      settle: (generation, last) => this.#command((redis) => redis.settle(generation, last)),
      onInvalidation: (listener) => {
        this.#onInvalidation = listener;
      },
      close: async () => {},
    };
  }

  #buildGenerations(
    clock: { now(): number; delay(ms: number): Promise<void> },
    store: SharedCacheStore,
  ): PolledGenerations {
    const { postgres, rules } = this.#options;
    return new PolledGenerations({
      row: {
        read: () => this.#query(() => postgres.readGeneration()),
        raise: (closedMs, seen) => this.#query(() => postgres.raiseGeneration(closedMs, seen)),
        claim: (generation, home) => this.#query(() => postgres.claimGeneration(generation, home)),
      },
      store,
      clock,
      rules,
      onError: () => {},
    });
  }
}

/** Postgres did not answer in time, or could not be reached. */
export class ModelPostgresError extends Error {
  override readonly name = 'ModelPostgresError';
}

const codec = {
  encode: (version: number) => Buffer.from(String(version)),
  decode: (bytes: Uint8Array) => Number(Buffer.from(bytes).toString()),
};
