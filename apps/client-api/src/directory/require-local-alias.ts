import { isRoomAlias, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';

/** Throws `M_INVALID_PARAM` for what is no room alias. */
export function requireRoomAlias(text: string): void {
  if (isRoomAlias(text)) return;
  throw new MatrixError('M_INVALID_PARAM', 400, 'Room alias invalid');
}

/** An alias is given and taken away on its own server. Throws `M_INVALID_PARAM` for one of another server, or one that cannot be typed. */
export function requireOwnAlias({ serverName }: Requester, roomAlias: string): void {
  requireRoomAlias(roomAlias);
  if (serverNameOf(roomAlias) !== serverName) {
    throw new MatrixError('M_INVALID_PARAM', 400, `Only aliases of ${serverName} can be changed here`);
  }
  if (/\s/u.test(roomAlias) || roomAlias.startsWith('#:'))
    throw new MatrixError('M_INVALID_PARAM', 400, 'Room alias invalid');
}

export function aliasNotFound(roomAlias: string): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, `Room alias ${roomAlias} not found.`);
}
