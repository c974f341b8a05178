/** A version of a user's backup of room keys (https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups). */
export interface KeyBackup {
  readonly version: number;
  readonly algorithm: string;
  /** JSON. */
  readonly authData: string;
  /** Raised with each change of its keys. */
  readonly etag: number;
  readonly count: number;
}

export interface BackedUpKey {
  readonly roomId: string;
  readonly sessionId: string;
  readonly firstMessageIndex: number;
  readonly forwardedCount: number;
  readonly isVerified: boolean;
  /** JSON. */
  readonly sessionData: string;
}

/** Which keys of a backup are meant: all, those of a room, or one. */
export interface KeySelection {
  readonly roomId?: string;
  readonly sessionId?: string;
}

export type BackupState = Pick<KeyBackup, 'etag' | 'count'>;

export type StoreBackedUpKeysOutcome =
  | { readonly outcome: 'stored'; readonly state: BackupState }
  /** There is no backup at all. */
  | { readonly outcome: 'no-backup' }
  | { readonly outcome: 'other-version'; readonly currentVersion: number };

export interface KeyBackupRepository {
  /** Makes the user's next version, which is then the current one. */
  createBackup(userId: string, backup: Pick<KeyBackup, 'algorithm' | 'authData'>): Promise<number>;
  /** The current version where none is named. */
  findBackup(userId: string, version?: number): Promise<KeyBackup | undefined>;
  /** False where there is no such version. */
  setAuthData(userId: string, version: number, authData: string): Promise<boolean>;
  /** Removes the version with its keys; false where there never was one. */
  removeBackup(userId: string, version: number): Promise<boolean>;
  /**
   * Adds keys to the current version. Of two keys for a session the better one stays: verified, then with the lower first index, then forwarded
   * less often.
   */
  storeBackedUpKeys(userId: string, version: number, keys: readonly BackedUpKey[]): Promise<StoreBackedUpKeysOutcome>;
  /** A page in the order of room and session ids; `after` is exclusive. */
  listBackedUpKeys(
    userId: string,
    version: number,
    page: KeySelection & { readonly after?: Pick<BackedUpKey, 'roomId' | 'sessionId'>; readonly limit: number },
  ): Promise<BackedUpKey[]>;
  /** Nothing where there is no such version. */
  removeBackedUpKeys(userId: string, version: number, selection: KeySelection): Promise<BackupState | undefined>;
}
