export { MemoryCacheStore } from './memory-store.ts';
export { MemoryTokenBuckets } from './memory-token-buckets.ts';
