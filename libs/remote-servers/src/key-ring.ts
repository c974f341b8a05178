/** A server's public key, as it or a notary published it. */
export interface VerifyKey {
  /** `ed25519:<version>` */
  readonly keyId: string;
  /** Unpadded Base64. */
  readonly publicKey: string;
  /** Until when it may be used without asking again, in milliseconds since the epoch. */
  readonly validUntil: number;
  /** When the server stopped using it, in milliseconds since the epoch: it is among the `old_verify_keys`. */
  readonly expiredAt?: number;
  /** Who said so: the server itself or a notary. Absent where that was not kept, and of hosted servers. */
  readonly learnedFrom?: string;
}

export interface KeyQuery {
  /**
   * The moment at which the keys have to be valid, in milliseconds since the epoch: an event's `origin_server_ts`, or now for a request.
   * Without it any key that the server ever had will do: room versions 1 to 4
   * (https://spec.matrix.org/v1.19/rooms/v5/#signing-key-validity-period).
   */
  readonly validAt?: number;
}

/** The public keys of all servers, hosted ones included. */
export interface KeyRing {
  /**
   * Finds those of the named keys that exist and are valid at the moment; the others are missing in the result. Asks the network where
   * nothing stored answers, at most once at a time for one server, and not again for a while where it got no answer. Throws
   * `RemoteServerError` or `StorageError` where our own side is broken.
   */
  findKeys(serverName: string, keyIds: readonly string[], query: KeyQuery): Promise<ReadonlyMap<string, VerifyKey>>;
}

/**
 * Whether a key may verify what was signed at a moment: an old key until it expired, a current one until `validUntil`
 * (https://spec.matrix.org/v1.19/rooms/v5/#signing-key-validity-period).
 */
export function isValidAt(key: VerifyKey, validAt: number | undefined): boolean {
  if (validAt === undefined) return true;
  return key.expiredAt === undefined ? validAt <= key.validUntil : validAt < key.expiredAt;
}

/** Asks a server itself, then the notaries, for keys, and stores what they say; what nobody answers for is missing in the result. */
export interface KeyFetcher {
  fetchKeys(serverName: string, keyIds: readonly string[], query: KeyQuery): Promise<readonly VerifyKey[]>;
}
