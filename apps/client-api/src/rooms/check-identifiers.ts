import { fitsBytes, isEventId, isRoomId, isUserId, MatrixError } from '@plexus/matrix-base';

const MAX_TYPE_BYTES = 255;
const MAX_TRANSACTION_ID_BYTES = 255;

/** Each throws 400 `M_INVALID_PARAM` for a text that is not of its kind. */
export function requireRoomId(text: string): void {
  if (!isRoomId(text)) throw new MatrixError('M_INVALID_PARAM', 400, 'Not a room id');
}

export function requireUserId(text: string): void {
  if (!isUserId(text)) throw new MatrixError('M_INVALID_PARAM', 400, 'Not a user id');
}

export function requireEventId(text: string): void {
  if (!isEventId(text)) throw new MatrixError('M_INVALID_PARAM', 400, 'Not an event id');
}

export function requireEventType(text: string): void {
  const isUsable = text !== '' && fitsBytes(text, MAX_TYPE_BYTES);
  if (!isUsable) throw new MatrixError('M_INVALID_PARAM', 400, `An event type has 1 to ${MAX_TYPE_BYTES} bytes`);
}

export function requireStateKey(text: string): void {
  if (!fitsBytes(text, MAX_TYPE_BYTES)) {
    throw new MatrixError('M_INVALID_PARAM', 400, `A state key has at most ${MAX_TYPE_BYTES} bytes`);
  }
}

export function requireTransactionId(text: string): void {
  const isUsable = text !== '' && fitsBytes(text, MAX_TRANSACTION_ID_BYTES);
  if (!isUsable) {
    throw new MatrixError('M_INVALID_PARAM', 400, `A transaction id has 1 to ${MAX_TRANSACTION_ID_BYTES} bytes`);
  }
}
