import type { Clock } from '@plexus/matrix-base';
import type { CacheDefinition } from './named-cache.ts';
import type { FreshnessRules } from './freshness-rules.ts';
import type { CacheGenerations, SharedCacheStore, CacheStoreError } from './shared-store.ts';

export interface TieredCacheOptions {
  readonly store: SharedCacheStore;
  readonly generations: CacheGenerations;
  /** Must not be set back: how fresh something is is told by it. */
  readonly clock: Clock;
  readonly nextChangeId: () => string;
  /** Failures of the shared level: they cost speed only, but somebody should know. */
  readonly onStoreError: (error: CacheStoreError) => void;
  /** How long `load` took, for everything that it was asked for at once. */
  readonly onLoaded?: (name: CacheDefinition<unknown>['name'], milliseconds: number) => void;
  readonly rules?: FreshnessRules;
}
