import type { BackupResponse, ChangeBackupRequest, CreateBackupRequest } from '@plexus/matrix-api';
import { BACKUP_ALGORITHM } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { KeyBackupRepository } from '@plexus/storage';
import { readVersion, unknownBackup } from './backup-version.ts';
import { encodeBackupJson } from './encode-backup-json.ts';

/** Makes, shows, changes and removes versions of a user's backup (https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups). */
export class ManageBackups {
  readonly #backups: KeyBackupRepository;

  constructor(backups: KeyBackupRepository) {
    this.#backups = backups;
  }

  async create(userId: string, { algorithm, auth_data: authData }: CreateBackupRequest): Promise<string> {
    return String(await this.#backups.createBackup(userId, { algorithm, authData: encodeBackupJson(authData) }));
  }

  /** The current version where none is named. */
  async find(userId: string, version?: string): Promise<BackupResponse> {
    const number = version === undefined ? undefined : readVersion(version);
    const found = await this.#backups.findBackup(userId, number);
    if (found === undefined) {
      throw version === undefined ? new MatrixError('M_NOT_FOUND', 404, 'No current backup version') : unknownBackup();
    }
    return {
      algorithm: BACKUP_ALGORITHM,
      auth_data: JSON.parse(found.authData) as JsonObject,
      count: found.count,
      etag: String(found.etag),
      version: String(found.version),
    };
  }

  async change(userId: string, version: string, body: ChangeBackupRequest): Promise<void> {
    const found = await this.#backups.findBackup(userId, readVersion(version));
    if (found === undefined) throw unknownBackup();
    if (body.version !== undefined && body.version !== version)
      throw new MatrixError('M_INVALID_PARAM', 400, 'The version in the body is another one');
    if (body.algorithm !== found.algorithm) throw new MatrixError('M_INVALID_PARAM', 400, 'Algorithm does not match');
    const authData = encodeBackupJson(body.auth_data);
    if (!(await this.#backups.setAuthData(userId, found.version, authData))) throw unknownBackup();
  }

  async remove(userId: string, version: string): Promise<void> {
    if (!(await this.#backups.removeBackup(userId, readVersion(version)))) throw unknownBackup();
  }
}
