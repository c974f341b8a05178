export type CrossSigningUsage = 'master' | 'self_signing' | 'user_signing';

/** A user's key of cross-signing (https://spec.matrix.org/v1.19/client-server-api/#cross-signing). */
export interface CrossSigningKeyRecord {
  readonly userId: string;
  readonly usage: CrossSigningUsage;
  /** Unpadded Base64. */
  readonly publicKey: string;
  /** Canonical JSON as it was uploaded. */
  readonly key: string;
}

/** A signature that was uploaded for a key after the key itself. */
export interface KeySignature {
  readonly userId: string;
  /** Of the signed key: a device id, or the public key of a cross-signing key. */
  readonly keyId: string;
  readonly signerUserId: string;
  /** `ed25519:` and a device id or a public key. */
  readonly signerKeyId: string;
  readonly signature: string;
}

export type StoreCrossSigningOutcome =
  | { readonly outcome: 'stored'; readonly changesDeviceList: boolean }
  /** The keys are no longer those that the caller has seen. */
  | { readonly outcome: 'changed-meanwhile' }
  /** A device of the user has a public key as its id. */
  | { readonly outcome: 'key-is-device-id' };

export interface CrossSigningRepository {
  /** Of users who have some. */
  findCrossSigningKeys(userIds: readonly string[]): Promise<CrossSigningKeyRecord[]>;
  /**
   * Replaces the user's keys of these usages, if those that are there are still `known`. A new master key takes along the other keys that are not
   * replaced, and whatever was signed by or for what goes.
   */
  storeCrossSigningKeys(
    userId: string,
    keys: readonly CrossSigningKeyRecord[],
    known: readonly CrossSigningKeyRecord[],
  ): Promise<StoreCrossSigningOutcome>;
  /** Those for keys of these users, made by the key's owner or by `viewer`. */
  findSignatures(userIds: readonly string[], viewer: string): Promise<KeySignature[]>;
  /** Adds or replaces signatures by one signer; false where all of them were there. */
  storeSignatures(signatures: readonly KeySignature[]): Promise<boolean>;
}
