import type { FindVerifyKey, VerifyKey } from '@plexus/room-dag';

/** A server's key, and who said what it is: the server itself or a notary, where that is known. */
export type KnownKey = readonly [serverName: string, keyId: string, key: VerifyKey, learnedFrom: string | undefined];

/** Keys that can be looked up one by one. */
export class KeyIndex {
  readonly #byName = new Map<string, VerifyKey>();

  add(keys: readonly KnownKey[]): void {
    for (const [serverName, keyId, key] of keys) this.#byName.set(`${serverName} ${keyId}`, key);
  }

  readonly find: FindVerifyKey = (serverName, keyId) => this.#byName.get(`${serverName} ${keyId}`);
}

/** For looking keys up one by one. */
export function indexKeys(keys: readonly KnownKey[]): FindVerifyKey {
  const index = new KeyIndex();
  index.add(keys);
  return index.find;
}

/** Where the keys of these servers come from, and until when they count, for who has to find out why a signature is refused. */
export function describeSources(keys: readonly KnownKey[], serverNames: readonly string[]): string {
  return keys
    .filter(([serverName]) => serverNames.includes(serverName))
    .map(([serverName, keyId, key, learnedFrom]) =>
      [`${keyId} of ${serverName}`, sourceOf(serverName, learnedFrom), validityOf(key)].join(' '),
    )
    .join(', ');
}

function validityOf({ validUntilTs, expiredTs }: VerifyKey): string {
  if (expiredTs !== undefined) return `that expired at ${expiredTs}`;
  return `that is valid until ${validUntilTs}`;
}

function sourceOf(serverName: string, learnedFrom: string | undefined): string {
  if (learnedFrom === undefined) return 'from a source that is not known';
  return learnedFrom === serverName ? 'from the server itself' : `from the notary ${learnedFrom}`;
}
