import type { GenerationState } from '@plexus/cache';
import type { ModelWorld } from './model-world.ts';

export interface Commit {
  readonly version: number;
  readonly at: number;
}

/** The rows behind the caches, each with a version that every commit raises, and the row of the generation. Statements do not overlap. */
export class ModelPostgres {
  readonly #world: ModelWorld;
  readonly #keepsClosed: boolean;
  readonly #commits = new Map<string, Commit[]>();
  #generation = 1;
  #home: string | undefined;
  #isSettled = false;
  #closedUntil = 0;

  constructor(world: ModelWorld, keepsClosed: boolean) {
    this.#world = world;
    this.#keepsClosed = keepsClosed;
  }

  versionOf(key: string): number {
    return this.#commits.get(key)?.at(-1)?.version ?? 0;
  }

  /** In order; the first change makes version 1. */
  commitsOf(key: string): readonly Commit[] {
    return this.#commits.get(key) ?? [];
  }

  commit(keys: readonly string[]): Map<string, number> {
    return new Map(keys.map((key) => [key, this.#commitOne(key)]));
  }

  readGeneration(): GenerationState {
    const closedForMs = Math.max(0, this.#closedUntil - this.#world.now);
    return { generation: this.#generation, home: this.#home, isSettled: this.#isSettled, closedForMs };
  }

  raiseGeneration(closedMs: number, seen: number | undefined): void {
    if (seen !== undefined && seen !== this.#generation) return;
    this.#generation += 1;
    this.#isSettled = false;
    if (this.#keepsClosed) this.#closedUntil = this.#world.now + closedMs;
  }

  claimGeneration(generation: number, home: string): void {
    if (generation !== this.#generation || this.#isSettled) return;
    this.#home = home;
    this.#isSettled = true;
  }

  #commitOne(key: string): number {
    const version = this.versionOf(key) + 1;
    const commits = this.#commits.get(key) ?? [];
    this.#commits.set(key, commits);
    commits.push({ version, at: this.#world.now });
    return version;
  }
}
