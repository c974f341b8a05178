export { RedisCacheStore } from './redis-store.ts';
export type { RedisStoreOptions } from './redis-store.ts';
