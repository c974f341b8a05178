export { CachedKeyRing } from './cached-key-ring.ts';
export type { CachedKeyRingOptions } from './cached-key-ring.ts';
export { serverKeyCacheKey, storedServerKeyCodec } from './server-key-cache.ts';
