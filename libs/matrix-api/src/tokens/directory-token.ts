import { isRoomId, MatrixError } from '@plexus/matrix-base';

/** Where a page of a room directory begins: after, or before, a room. */
export interface DirectoryToken {
  readonly direction: 'forwards' | 'backwards';
  readonly from: { readonly joinedCount: number; readonly roomId: string };
}

const MARKS = { forwards: 'n', backwards: 'p' } as const;

/** Where the next page begins, or the one before. */
export function encodeDirectoryToken({ direction, from }: DirectoryToken): string {
  return `${MARKS[direction]}${from.joinedCount}_${Buffer.from(from.roomId).toString('base64url')}`;
}

/** Throws `M_INVALID_PARAM` for what is no token. */
export function decodeDirectoryToken(token: string): DirectoryToken {
  const [, mark, count, encoded = ''] = /^([np])(\d{1,9})_([\w-]+)$/.exec(token) ?? [];
  const roomId = Buffer.from(encoded, 'base64url').toString();
  if (!isRoomId(roomId)) throw new MatrixError('M_INVALID_PARAM', 400, 'Unknown "since" token');
  return { direction: mark === 'n' ? 'forwards' : 'backwards', from: { joinedCount: Number(count), roomId } };
}
