import { anyObject, choice, flag, integer, mapOf, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const count = integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const BACKUP_ALGORITHM = 'm.megolm_backup.v1.curve25519-aes-sha2';
const algorithm = choice([BACKUP_ALGORITHM]);

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3room_keysversion */
export const createBackupRequest = new Shape(object({ algorithm, auth_data: anyObject() }));
export type CreateBackupRequest = Described<typeof createBackupRequest.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keysversionversion */
export const changeBackupRequest = new Shape(
  object({ algorithm: text(), auth_data: anyObject(), version: optional(text()) }),
);
export type ChangeBackupRequest = Described<typeof changeBackupRequest.schema>;

export const backupResponse = new Shape(
  object({ algorithm, auth_data: anyObject(), count, etag: text(), version: text() }),
);
export type BackupResponse = Described<typeof backupResponse.schema>;

/** A key of a session (https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups). */
export const backedUpKey = new Shape(
  object({
    first_message_index: count,
    forwarded_count: count,
    is_verified: flag(),
    session_data: anyObject(),
  }),
);
export type BackedUpKeyBody = Described<typeof backedUpKey.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keyskeysroomid */
export const backedUpRoom = new Shape(object({ sessions: mapOf(backedUpKey.schema) }));

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keyskeys */
export const backedUpRooms = new Shape(object({ rooms: mapOf(backedUpRoom.schema) }));
export type BackedUpRooms = Described<typeof backedUpRooms.schema>;

/** The parameters of all endpoints about the keys of a backup. */
export const backupVersionQuery = new Shape(object({ version: text() }));

export const backupStateResponse = new Shape(object({ etag: text(), count }));
export type BackupStateResponse = Described<typeof backupStateResponse.schema>;
