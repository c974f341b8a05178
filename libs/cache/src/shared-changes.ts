import type { Clock } from '@plexus/matrix-base';
import type { CacheName } from './cache-names.ts';
import type { FreshnessRules } from './freshness-rules.ts';
import type { CacheGenerations, SharedCacheStore, SharedSpace } from './shared-store.ts';
import { CacheStoreError } from './shared-store.ts';

export interface SharedChangesOptions {
  readonly store: SharedCacheStore;
  readonly generations: CacheGenerations;
  readonly clock: Clock;
  readonly rules: FreshnessRules;
  readonly nextChangeId: () => string;
  readonly report: (error: unknown, space: SharedSpace | undefined) => void;
}

/** A change that was announced. */
export interface AnnouncedChange {
  /** Nothing where the shared level is closed instead. */
  readonly space: SharedSpace | undefined;
  readonly id: string;
  /** Nothing old enters the shared level before; for ever where it is marked, as long as the store is the home that it was. */
  readonly sureUntil: number;
}

const MOST_ANNOUNCEMENTS = 3;

/**
 * Changes of what lies behind shared values, announced before their commits and ended after them.
 *
 * A crash before the commit leaves keys that are not filled until the mark expires. A crash after it too: their values were removed when the
 * change began. Where the store cannot be told, the shared level is closed to everybody instead, which outlasts the commit.
 * @NOTE What nothing covers: a commit that takes longer than ten seconds, whose process dies right then, while the store lost its memory.
 */
export class SharedChanges {
  readonly #options: SharedChangesOptions;

  constructor(options: SharedChangesOptions) {
    this.#options = options;
  }

  /** Throws where neither the store nor anybody else can be told: then nothing may be committed. */
  async begin(name: CacheName, keys: readonly string[]): Promise<AnnouncedChange> {
    const { clock, rules } = this.#options;
    for (let count = 0; count < MOST_ANNOUNCEMENTS; count += 1) {
      const begun = clock.now();
      const change = await this.#announce(name, keys);
      if (clock.now() - begun <= rules.promptMs) return change;
    }
    throw new CacheStoreError('a change could not be announced in time');
  }

  /** The change is committed: not before this may anybody be told so. */
  async end(change: AnnouncedChange, keys: readonly string[]): Promise<void> {
    const { generations, clock, rules } = this.#options;
    const isTold = change.space === undefined || (await this.#tellEnd(change.space, keys, change.id));
    const isSure = clock.now() <= change.sureUntil || !rules.raisesForSlowChanges;
    if (!isTold || !isSure) await generations.close(0);
  }

  async #announce(name: CacheName, keys: readonly string[]): Promise<AnnouncedChange> {
    const { store, generations, rules, nextChangeId, report } = this.#options;
    const id = nextChangeId();
    const home = await generations.homeOfChanges();
    if (home !== undefined) {
      const space = { name, ...home };
      try {
        await store.beginChange(space, keys, id);
        return { space, id, sureUntil: Infinity };
      } catch (error) {
        report(error, space);
      }
    }
    return { space: undefined, id, sureUntil: await generations.close(leastClosedMs(rules)) };
  }

  async #tellEnd(space: SharedSpace, keys: readonly string[], id: string): Promise<boolean> {
    try {
      await this.#options.store.endChange(space, keys, id);
      return true;
    } catch (error) {
      this.#options.report(error, space);
      return false;
    }
  }
}

/** What a commit may take when the shared level is closed already. */
function leastClosedMs({ closedMs }: FreshnessRules): number {
  return (closedMs * 2) / 3;
}
