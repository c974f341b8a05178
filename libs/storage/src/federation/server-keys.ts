/** So many keys of one server are kept. */
export const MAX_KEYS_PER_SERVER = 200;

/** Documents of no more bytes are kept for good: as much as what is kept of a server's keys. */
export const MAX_KEPT_DOCUMENT_BYTES = 32_768;

/** A public key of another server, as it was last published. */
export interface StoredServerKey {
  readonly serverName: string;
  /** `ed25519:<version>` */
  readonly keyId: string;
  /** Unpadded Base64. */
  readonly publicKey: string;
  /** Until when what was published counts, in milliseconds since the epoch. */
  readonly validUntil: number;
  /** When the server stopped using it, in milliseconds since the epoch. */
  readonly expiredAt?: number;
  /** Who said so: the server itself or a notary. Absent where an earlier release stored it. */
  readonly learnedFrom?: string;
}

/** What a server published of its keys, signed by it, word for word: a notary hands it on. */
export interface ServerKeyDocument {
  readonly serverName: string;
  /** As JSON. */
  readonly json: string;
  /** In milliseconds since the epoch. */
  readonly validUntil: number;
  readonly fetchedAt: number;
}

/** The stored keys of other servers; any app may ask. Throws `StorageError` where Postgres fails. */
export interface ServerKeyReader {
  /** Those of the named keys that are stored, by their ids, whether or not they are still valid. */
  findKeys(serverName: string, keyIds: readonly string[]): Promise<ReadonlyMap<string, StoredServerKey>>;
  findDocument(serverName: string): Promise<ServerKeyDocument | undefined>;
}

/** Written by federation-sender. */
export interface ServerKeyRepository extends ServerKeyReader {
  /**
   * Keeps what was published: what a server itself said last, and what a notary hands on unless something is stored that is valid for longer, or the
   * server has put the key away. A key that is published no more stays as it was, as long as it is one of the server's `MAX_KEYS_PER_SERVER` latest: what
   * it signed may come at any time.
   */
  storeKeys(document: ServerKeyDocument, keys: readonly StoredServerKey[]): Promise<void>;
  /**
   * Forgets documents of more than `MAX_KEPT_DOCUMENT_BYTES` that have not been valid for so long, at most so many; resolves with how many there were.
   * Of a server that is gone the others are all that there is to check its old events by.
   */
  forgetDocuments(invalidForMs: number, most: number): Promise<number>;
}
