export { CACHE_BASE_SIZES } from './cache-names.ts';
export type { CacheName } from './cache-names.ts';
export type { CacheCodec, CacheDefinition, Caches, NamedCache } from './named-cache.ts';
