import { isRoomId, MatrixError } from '@plexus/matrix-base';

/** Where a page of a room directory begins: after, or before, a room. */
export interface DirectoryToken {
  readonly direction: 'forwards' | 'backwards';
  readonly from: { readonly joinedCount: number; readonly roomId: string };
}

const MARKS = { forwards: 'n', backwards: 'p' } as const;

/** Throws `M_INVALID_PARAM` for what is no token. */
export function decodeDirectoryToken(token: string): DirectoryToken {
  const [, mark, count, encoded = ''] = /^([np])(\d{1,9})_([\w-]+)$/.exec(token) ?? [];
  const roomId = Buffer.from(encoded, 'base64url').toString();
  if (!isRoomId(roomId)) throw new MatrixError('M_INVALID_PARAM', 400, 'Unknown "since" token');
  return { direction: mark === 'n' ? 'forwards' : 'backwards', from: { joinedCount: Number(count), roomId } };
}

/** The neighbours of a page that began at `start`, as far as there are any; `hasMore` is meant in the direction in which it was read. */
export function directoryBatchesAround(
  rooms: readonly DirectoryToken['from'][],
  start: DirectoryToken | undefined,
  hasMore: boolean,
): { next_batch?: string; prev_batch?: string } {
  const [first, last] = [rooms[0], rooms.at(-1)];
  if (first === undefined || last === undefined) return {};
  const isBackwards = start?.direction === 'backwards';
  return {
    ...((isBackwards || hasMore) && { next_batch: encodeDirectoryToken({ direction: 'forwards', from: last }) }),
    ...((isBackwards ? hasMore : start !== undefined) && {
      prev_batch: encodeDirectoryToken({ direction: 'backwards', from: first }),
    }),
  };
}

function encodeDirectoryToken({ direction, from }: DirectoryToken): string {
  return `${MARKS[direction]}${from.joinedCount}_${Buffer.from(from.roomId).toString('base64url')}`;
}
