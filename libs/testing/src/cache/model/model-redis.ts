import { CacheStrangerError } from '@plexus/cache';
import type { CacheName, SharedFill, SharedLimits, SharedRead, SharedSpace } from '@plexus/cache';
import type { ModelWorld } from './model-world.ts';

const LEASE_MS = 2_000;
/** Outlasts every commit of the model, as the real one does. */
const CHANGE_MARK_MS = 8_000;
const KEPT_SNAPSHOTS = 60;

/** Each protection of the shared level: switched off, old values get in. */
export interface RedisProtections {
  readonly marks: boolean;
  readonly leases: boolean;
  readonly homes: boolean;
}

interface Memory {
  readonly values: Map<string, { readonly bytes: Uint8Array; readonly generation: number }>;
  readonly leases: Map<string, { readonly lease: string; readonly expiresAt: number }>;
  readonly marks: Map<string, Map<string, number>>;
  home: number | undefined;
}

/** One running Redis: what it remembers, and what a replica of it would. Each method is one script. */
export class ModelRedis {
  readonly #world: ModelWorld;
  readonly #protections: RedisProtections;
  readonly #snapshots: Memory[] = [];
  readonly #knownHomes = new Set<string>();
  readonly #listeners = new Set<(name: CacheName, keys: readonly string[]) => void>();
  #memory: Memory;
  #waiting: (() => void)[] | undefined;
  #lastLease = 0;
  isDown = false;

  constructor(world: ModelWorld, protections: RedisProtections, memory: Memory = emptyMemory()) {
    this.#world = world;
    this.#protections = protections;
    this.#memory = memory;
  }

  /** Runs a command now, or when it no longer hangs. */
  submit(command: () => void): void {
    if (this.isDown) return;
    if (this.#waiting !== undefined) this.#waiting.push(command);
    else command();
  }

  hang(): void {
    this.#waiting ??= [];
  }

  resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const command of waiting) this.submit(command);
  }

  empty(): void {
    this.#memory = emptyMemory();
  }

  /** Another process with what a replica, or a file, had of this one's memory; it knows no scripts. */
  successor(lag: number): ModelRedis {
    const snapshot = this.#snapshots.at(-1 - lag) ?? emptyMemory();
    return new ModelRedis(this.#world, this.#protections, copyOf(snapshot));
  }

  emptySuccessor(): ModelRedis {
    return new ModelRedis(this.#world, this.#protections);
  }

  listen(listener: (name: CacheName, keys: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  read(space: SharedSpace, keys: readonly string[]): SharedRead[] {
    this.#requireHome(space);
    const reads = keys.map((key) => this.#readOne(space, key));
    this.#remember();
    return reads;
  }

  fill(
    space: SharedSpace,
    entries: readonly SharedFill[],
    { capacity }: SharedLimits,
  ): { size: number; evicted: number } {
    this.#requireHome(space);
    const { values, leases } = this.#memory;
    let evicted = 0;
    for (const { key, value, lease } of entries) {
      const held = leases.get(key);
      const isLive = held?.lease === lease && this.#world.now < held.expiresAt;
      if (!isLive && this.#protections.leases) continue;
      leases.delete(key);
      values.delete(key);
      values.set(key, { bytes: value, generation: space.generation });
    }
    for (const oldest of values.keys()) {
      if (values.size <= capacity) break;
      values.delete(oldest);
      evicted += 1;
    }
    this.#remember();
    return { size: values.size, evicted };
  }

  beginChange(space: SharedSpace, keys: readonly string[], changeId: string): void {
    this.#requireHome(space);
    for (const key of keys) {
      const marks = this.#memory.marks.get(key) ?? new Map<string, number>();
      this.#memory.marks.set(key, marks.set(changeId, this.#world.now + CHANGE_MARK_MS));
    }
    this.#remove(space.name, keys);
  }

  endChange(space: SharedSpace, keys: readonly string[], changeId: string): void {
    this.#requireHome(space);
    for (const key of keys) this.#memory.marks.get(key)?.delete(changeId);
    this.#remove(space.name, keys);
  }

  settle(generation: number, last: string | undefined): string {
    const home = last !== undefined && this.#knownHomes.has(last) ? last : `home${this.#world.nextOrder()}`;
    this.#knownHomes.add(home);
    this.#memory.home = generation;
    this.#remember();
    return home;
  }

  #requireHome({ generation, home }: SharedSpace): void {
    const isHome = this.#knownHomes.has(home) && this.#memory.home === generation;
    if (!isHome && this.#protections.homes) throw new CacheStrangerError('not the home of this generation');
  }

  #readOne(space: SharedSpace, key: string): SharedRead {
    const stored = this.#memory.values.get(key);
    if (stored?.generation === space.generation) return { value: stored.bytes, lease: undefined };
    if (this.#isChanging(key) && this.#protections.marks) return { value: undefined, lease: undefined };
    this.#lastLease += 1;
    const lease = `${this.#world.nextOrder()}-${this.#lastLease}`;
    this.#memory.leases.set(key, { lease, expiresAt: this.#world.now + LEASE_MS });
    return { value: undefined, lease };
  }

  #isChanging(key: string): boolean {
    const marks = this.#memory.marks.get(key)?.values() ?? [];
    return [...marks].some((expiresAt) => this.#world.now < expiresAt);
  }

  #remove(name: CacheName, keys: readonly string[]): void {
    for (const key of keys) {
      this.#memory.values.delete(key);
      this.#memory.leases.delete(key);
    }
    this.#remember();
    for (const listener of this.#listeners) listener(name, keys);
  }

  #remember(): void {
    this.#snapshots.push(copyOf(this.#memory));
    if (this.#snapshots.length > KEPT_SNAPSHOTS) this.#snapshots.shift();
  }
}

function emptyMemory(): Memory {
  return { values: new Map(), leases: new Map(), marks: new Map(), home: undefined };
}

function copyOf({ values, leases, marks, home }: Memory): Memory {
  const copiedMarks = new Map([...marks].map(([key, ids]) => [key, new Map(ids)]));
  return { values: new Map(values), leases: new Map(leases), marks: copiedMarks, home };
}
