import type { FindVerifyKey, VerifyKey } from '@plexus/room-dag';

/** A server's key as it goes to a thread. */
export type KnownKey = readonly [serverName: string, keyId: string, key: VerifyKey];

/** For looking keys up one by one. */
export function indexKeys(keys: readonly KnownKey[]): FindVerifyKey {
  const byName = new Map(keys.map(([serverName, keyId, key]) => [`${serverName} ${keyId}`, key]));
  return (serverName, keyId) => byName.get(`${serverName} ${keyId}`);
}
