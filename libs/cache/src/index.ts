export { CACHE_BASE_SIZES } from './cache-names.ts';
export type { CacheName } from './cache-names.ts';
export { capacityOf, DEFAULT_CACHE_FACTORS, factorOf, normalizeCacheName } from './factors.ts';
export type { CacheFactors } from './factors.ts';
export type { CacheCodec, CacheDefinition, Caches, CacheStats, NamedCache } from './named-cache.ts';
export { CacheStoreError } from './shared-store.ts';
export type {
  CacheGenerations,
  SharedCacheStore,
  SharedFill,
  SharedLimits,
  SharedRead,
  SharedSpace,
} from './shared-store.ts';
export { ProcessCaches } from './process-caches.ts';
export type { TieredCacheOptions } from './tiered-cache.ts';
export type { BucketSize, BucketUse, TokenBuckets } from './token-buckets.ts';
