import type {
  BackedUpKey,
  BackupState,
  KeyBackup,
  KeyBackupRepository,
  KeySelection,
  StoreBackedUpKeysOutcome,
} from '@plexus/storage';

interface Backup {
  readonly version: number;
  readonly algorithm: string;
  authData: string;
  etag: number;
  isRemoved: boolean;
  keys: BackedUpKey[];
}

/** Backups of room keys in memory. */
export class FakeKeyBackups implements KeyBackupRepository {
  readonly #backups = new Map<string, Backup[]>();

  async createBackup(
    userId: string,
    { algorithm, authData }: Pick<KeyBackup, 'algorithm' | 'authData'>,
  ): Promise<number> {
    const backups = this.#backups.get(userId) ?? [];
    this.#backups.set(userId, backups);
    const version = backups.length + 1;
    backups.push({ version, algorithm, authData, etag: 0, isRemoved: false, keys: [] });
    return version;
  }

  async findBackup(userId: string, version?: number): Promise<KeyBackup | undefined> {
    const found = this.#find(userId, version);
    return found && { ...found, count: found.keys.length };
  }

  async setAuthData(userId: string, version: number, authData: string): Promise<boolean> {
    const found = this.#find(userId, version);
    if (found !== undefined) found.authData = authData;
    return found !== undefined;
  }

  async removeBackup(userId: string, version: number): Promise<boolean> {
    const found = this.#backups.get(userId)?.find((backup) => backup.version === version);
    if (found === undefined) return false;
    found.isRemoved = true;
    found.keys = [];
    return true;
  }

  async storeBackedUpKeys(
    userId: string,
    version: number,
    keys: readonly BackedUpKey[],
  ): Promise<StoreBackedUpKeysOutcome> {
    const current = this.#find(userId);
    if (current === undefined) return { outcome: 'no-backup' };
    if (current.version !== version) return { outcome: 'other-version', currentVersion: current.version };
    const better = keys.filter((key) => isBetter(key, current.keys.find(isSame(key))));
    current.keys = [...current.keys.filter((key) => !better.some(isSame(key))), ...better];
    if (better.length > 0) current.etag += 1;
    return { outcome: 'stored', state: { etag: current.etag, count: current.keys.length } };
  }

  async listBackedUpKeys(
    userId: string,
    version: number,
    page: KeySelection & { readonly after?: Pick<BackedUpKey, 'roomId' | 'sessionId'>; readonly limit: number },
  ): Promise<BackedUpKey[]> {
    const { after, limit } = page;
    const keys = (this.#find(userId, version)?.keys ?? []).filter(isSelected(page));
    const sorted = keys.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
    return sorted.filter((key) => after === undefined || placeOf(key) > placeOf(after)).slice(0, limit);
  }

  async removeBackedUpKeys(userId: string, version: number, selection: KeySelection): Promise<BackupState | undefined> {
    const found = this.#find(userId, version);
    if (found === undefined) return undefined;
    const left = found.keys.filter((key) => !isSelected(selection)(key));
    if (left.length < found.keys.length) found.etag += 1;
    found.keys = left;
    return { etag: found.etag, count: left.length };
  }

  #find(userId: string, version?: number): Backup | undefined {
    const backups = this.#backups.get(userId) ?? [];
    return backups.findLast((backup) => !backup.isRemoved && (version === undefined || backup.version === version));
  }
}

function isSame(key: BackedUpKey): (other: BackedUpKey) => boolean {
  return (other) => other.roomId === key.roomId && other.sessionId === key.sessionId;
}

function isSelected({ roomId, sessionId }: KeySelection): (key: BackedUpKey) => boolean {
  return (key) =>
    (roomId === undefined || key.roomId === roomId) && (sessionId === undefined || key.sessionId === sessionId);
}

function isBetter(key: BackedUpKey, known: BackedUpKey | undefined): boolean {
  if (known === undefined) return true;
  if (key.isVerified !== known.isVerified) return key.isVerified;
  if (key.firstMessageIndex !== known.firstMessageIndex) return key.firstMessageIndex < known.firstMessageIndex;
  return key.forwardedCount < known.forwardedCount;
}

function placeOf({ roomId, sessionId }: Pick<BackedUpKey, 'roomId' | 'sessionId'>): string {
  return `${roomId}\u0000${sessionId}`;
}
