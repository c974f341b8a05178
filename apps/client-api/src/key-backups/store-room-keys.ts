import type { BackedUpKeyBody, BackedUpRooms, BackupStateResponse } from '@plexus/matrix-api';
import { isRoomId, MatrixError } from '@plexus/matrix-base';
import type { BackedUpKey, KeyBackupRepository } from '@plexus/storage';
import { readVersion, unknownBackup } from './backup-version.ts';
import { encodeBackupJson } from './encode-backup-json.ts';

const MAX_SESSION_ID_BYTES = 255;

/** Puts room keys into the current version of a backup (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keyskeys). */
export class StoreRoomKeys {
  readonly #backups: Pick<KeyBackupRepository, 'storeBackedUpKeys'>;

  constructor(backups: Pick<KeyBackupRepository, 'storeBackedUpKeys'>) {
    this.#backups = backups;
  }

  async execute(userId: string, version: string, { rooms }: BackedUpRooms): Promise<BackupStateResponse> {
    const keys = Object.entries(rooms).flatMap(([roomId, { sessions }]) =>
      Object.entries(sessions).map(([sessionId, key]) => readKey({ roomId, sessionId }, key)),
    );
    const stored = await this.#backups.storeBackedUpKeys(userId, readVersion(version), keys);
    if (stored.outcome === 'no-backup') throw unknownBackup();
    if (stored.outcome === 'stored') return { etag: String(stored.state.etag), count: stored.state.count };
    const current = { current_version: String(stored.currentVersion) };
    throw new MatrixError('M_WRONG_ROOM_KEYS_VERSION', 403, 'Wrong backup version', current);
  }
}

function readKey({ roomId, sessionId }: Pick<BackedUpKey, 'roomId' | 'sessionId'>, key: BackedUpKeyBody): BackedUpKey {
  if (!isRoomId(roomId)) throw new MatrixError('M_INVALID_PARAM', 400, 'Keys belong to what is not a room id');
  const isUsable =
    sessionId !== '' && !sessionId.includes('\0') && Buffer.byteLength(sessionId) <= MAX_SESSION_ID_BYTES;
  if (!isUsable)
    throw new MatrixError('M_INVALID_PARAM', 400, 'A session id is empty, too long or has a zero byte in it');
  return {
    roomId,
    sessionId,
    firstMessageIndex: key.first_message_index,
    forwardedCount: key.forwarded_count,
    isVerified: key.is_verified,
    sessionData: encodeBackupJson(key.session_data),
  };
}
