import type { BackupStateResponse } from '@plexus/matrix-api';
import type { KeyBackupRepository, KeySelection } from '@plexus/storage';
import { readVersion, unknownBackup } from './backup-version.ts';

/** Takes room keys out of a backup (https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3room_keyskeys). */
export class RemoveRoomKeys {
  readonly #backups: Pick<KeyBackupRepository, 'removeBackedUpKeys'>;

  constructor(backups: Pick<KeyBackupRepository, 'removeBackedUpKeys'>) {
    this.#backups = backups;
  }

  async execute(userId: string, version: string, selection: KeySelection): Promise<BackupStateResponse> {
    const state = await this.#backups.removeBackedUpKeys(userId, readVersion(version), selection);
    if (state === undefined) throw unknownBackup();
    return { etag: String(state.etag), count: state.count };
  }
}
