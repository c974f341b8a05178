export { describeRedis } from './describe-redis.ts';
export type { DescribedRedis } from './describe-redis.ts';
export type { RedisAddress, RedisConnection, RedisLogin, RedisPlace } from './redis-place.ts';
export { RedisCacheStore } from './redis-store.ts';
export type { RedisStoreOptions } from './redis-store.ts';
export { RedisTokenBuckets } from './redis-token-buckets.ts';
export type { RedisTokenBucketsOptions } from './redis-token-buckets.ts';
