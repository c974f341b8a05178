import { MatrixError } from '@plexus/matrix-base';
import type { NoAnswer, RemoteRefusal } from '@plexus/remote-servers';
import { errorCodeOf } from '../rooms/room-commands.ts';

/** The client's error for what another server's room did not give. */
export function errorOfRefusal({ errcode, httpStatus, error, roomVersion }: RemoteRefusal): MatrixError {
  const extra = roomVersion === undefined ? {} : { room_version: roomVersion };
  return new MatrixError(errorCodeOf(errcode), httpStatus, error, extra);
}

/** Statuses whose errors are of the user's doing. */
const PASSED_ON = new Set([403, 404, 429]);

/** Why nothing is ever going to come from a server of this name. */
const NOBODY_THERE = new Set(['server-name', 'discovery', 'not-allowed', 'ip-range']);

/** The client's error where another server gave no answer that is one. */
export function errorOfAnswer(answer: NoAnswer, serverName: string): MatrixError {
  if (answer.outcome === 'unreachable' && NOBODY_THERE.has(answer.reason))
    return new MatrixError('M_NOT_FOUND', 404, `There is nobody to ask at ${serverName}`);
  if (answer.outcome === 'refused' && PASSED_ON.has(answer.status)) {
    const extra = answer.retryAfterMs === undefined ? {} : { retry_after_ms: answer.retryAfterMs };
    return new MatrixError(errorCodeOf(answer.errcode), answer.status, answer.error, extra);
  }
  return new MatrixError('M_UNKNOWN', 502, `${serverName} could not be reached`);
}
