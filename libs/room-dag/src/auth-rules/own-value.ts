import type { JsonObject, JsonValue } from '@plexus/matrix-base';

/**
 * The value under a key of a JSON object.
 * @NOTE Keys come from other servers: a plain read of `toString` would find what every object inherits.
 */
export function findOwn(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function findOwnString(object: JsonObject, key: string): string | undefined {
  const value = findOwn(object, key);
  return typeof value === 'string' ? value : undefined;
}
