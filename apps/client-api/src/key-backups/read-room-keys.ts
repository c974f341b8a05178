import { MatrixError } from '@plexus/matrix-base';
import type { BackedUpKey, KeyBackupRepository, KeySelection } from '@plexus/storage';
import { readVersion, unknownBackup } from './backup-version.ts';

/** So many keys are read from storage at once. */
const PAGE = 1_000;

/** Gives room keys back from a backup, as JSON (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keyskeys). */
export class ReadRoomKeys {
  readonly #backups: Pick<KeyBackupRepository, 'findBackup' | 'listBackedUpKeys'>;

  constructor(backups: Pick<KeyBackupRepository, 'findBackup' | 'listBackedUpKeys'>) {
    this.#backups = backups;
  }

  async all(userId: string, version: string): Promise<string> {
    const rooms = Map.groupBy(await this.#list(userId, version, {}), ({ roomId }) => roomId);
    const members = [...rooms].map(([roomId, keys]) => `${JSON.stringify(roomId)}:${sessionsOf(keys)}`);
    return `{"rooms":{${members.join(',')}}}`;
  }

  async ofRoom(userId: string, version: string, roomId: string): Promise<string> {
    return sessionsOf(await this.#list(userId, version, { roomId }));
  }

  async ofSession(userId: string, version: string, selection: Required<KeySelection>): Promise<string> {
    const [key] = await this.#list(userId, version, selection);
    if (key === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'No such key in the backup');
    return keyJson(key);
  }

  async #list(userId: string, version: string, selection: KeySelection): Promise<readonly BackedUpKey[]> {
    const number = readVersion(version);
    if ((await this.#backups.findBackup(userId, number)) === undefined) throw unknownBackup();
    const keys: BackedUpKey[] = [];
    for (;;) {
      const last = keys.at(-1);
      const query = { ...selection, ...(last !== undefined && { after: last }), limit: PAGE };
      const page = await this.#backups.listBackedUpKeys(userId, number, query);
      keys.push(...page);
      if (page.length < PAGE) return keys;
    }
  }
}

function sessionsOf(keys: readonly BackedUpKey[]): string {
  return `{"sessions":{${keys.map((key) => `${JSON.stringify(key.sessionId)}:${keyJson(key)}`).join(',')}}}`;
}

/** @NOTE What clients stored is not parsed: a backup may have tens of thousands of keys. */
function keyJson({ firstMessageIndex, forwardedCount, isVerified, sessionData }: BackedUpKey): string {
  const counts = `"first_message_index":${firstMessageIndex},"forwarded_count":${forwardedCount}`;
  return `{${counts},"is_verified":${isVerified},"session_data":${sessionData}}`;
}
