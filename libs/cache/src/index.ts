export {
  CACHE_BASE_SIZES,
  findCacheName,
  isCacheName,
  listCacheNames,
  listUnderstoodNames,
  normalizeCacheName,
} from './cache-names.ts';
export type { CacheName, CacheSize } from './cache-names.ts';
export { entryMemory } from './entry-memory.ts';
export { baseSizeOf, capacityOf, DEFAULT_CACHE_FACTORS, factorOf, LARGEST_CACHE_FACTOR } from './factors.ts';
export type { CacheFactors } from './factors.ts';
export { combineFactors, factorInForce, globalFactorOf } from './factor-layers.ts';
export type { FactorInForce, FactorLayer, FactorSource } from './factor-layers.ts';
export type {
  CacheCodec,
  CacheDefinition,
  Caches,
  CacheStats,
  Evictions,
  LevelStats,
  NamedCache,
  SharedLevelStats,
} from './named-cache.ts';
export { estimateHitRate, SAMPLED_FACTORS } from './size-sample.ts';
export type { SampledFactor, SampledLookups } from './size-sample.ts';
export { FRESHNESS_RULES } from './freshness-rules.ts';
export type { FreshnessRules } from './freshness-rules.ts';
export { PolledGenerations } from './polled-generations.ts';
export type { GenerationRow, GenerationState } from './polled-generations.ts';
export { CacheStoreError, CacheStrangerError } from './shared-store.ts';
export type {
  CacheGenerations,
  SharedCacheStore,
  SharedFill,
  SharedFillResult,
  SharedHome,
  SharedLimits,
  SharedRead,
  SharedSpace,
} from './shared-store.ts';
export { SOLE_GENERATION } from './sole-generation.ts';
export { ProcessCaches } from './process-caches.ts';
export { TieredCache } from './tiered-cache.ts';
export type { SizeInForce } from './tiered-cache.ts';
export type { TieredCacheOptions } from './tiered-cache-options.ts';
export { unsharedCodec } from './unshared-codec.ts';
export type { BucketSize, BucketUse, TokenBuckets } from './token-buckets.ts';
