import type { CacheCodec } from './named-cache.ts';

/** Of a cache whose values stay in the process. */
export function unsharedCodec<V>(): CacheCodec<V> {
  return { encode: refuse, decode: refuse };
}

function refuse(): never {
  throw new Error('what stays in the process has no encoding');
}
