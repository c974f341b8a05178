import { MatrixError } from '@plexus/matrix-base';
import type { NoticeRefusal } from '@plexus/rpc';
import { requireEventType } from '../rooms/check-identifiers.ts';
import { errorCodeOf } from '../rooms/room-commands.ts';

/** What is no notice, or would take the room away from its purpose. */
const NO_NOTICES = new Set(['m.room.create', 'm.room.member', 'm.room.encryption', 'm.room.redaction']);

/** Throws 400 for an event that cannot be a notice. */
export function requireNoticeType(type: string): void {
  requireEventType(type);
  if (type.includes('\0')) throw new MatrixError('M_INVALID_PARAM', 400, 'The type of a notice has no NUL');
  if (NO_NOTICES.has(type)) throw new MatrixError('M_INVALID_PARAM', 400, `${type} cannot be a notice`);
}

/** The client's error for what was not done. */
export function errorOfNotice({ errcode, httpStatus, error }: NoticeRefusal): MatrixError {
  return new MatrixError(errorCodeOf(errcode), httpStatus, error);
}
