import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AccountDataItem, AccountDataKey, UserStreamTransaction } from '@plexus/storage';
import { requireEventType, requireRoomId } from '../rooms/check-identifiers.ts';

/** Types of account data that only the server writes (https://spec.matrix.org/v1.19/client-server-api/#client-config). */
const SERVER_TYPES = new Set(['m.fully_read', 'm.push_rules']);

/** Throws for account data that is not the requester's own, or whose room or type cannot be. */
export function requireOwnAccountData(requester: Requester, userId: string, { roomId, type }: AccountDataKey): void {
  if (requester.userId !== userId) {
    throw new MatrixError('M_FORBIDDEN', 403, 'Cannot use account data of other users');
  }
  if (roomId !== undefined) requireRoomId(roomId);
  requireEventType(type);
  if (type.includes('\0')) throw new MatrixError('M_INVALID_PARAM', 400, 'A type of account data has no NUL');
}

export function requireClientType(type: string): void {
  if (SERVER_TYPES.has(type)) throw new MatrixError('M_BAD_JSON', 405, `Cannot set ${type} through this API`);
}

/** So many items of account data a user has at most, of the account and of all rooms. */
const MAX_ITEMS = 10_000;
/** Of all their contents. */
const MAX_TOTAL_BYTES = 32 * 1024 * 1024;

/** Stores an item in the user's stream. Throws 413 `M_TOO_LARGE` where the user would have too much. */
export async function storeWithinBounds(
  transaction: Pick<UserStreamTransaction, 'accountData'>,
  userId: string,
  item: AccountDataItem,
): Promise<void> {
  const exceeded = await findExceededBound(transaction, userId, item);
  if (exceeded !== undefined) throw new MatrixError('M_TOO_LARGE', 413, exceeded);
  await transaction.accountData.storeAccountData(userId, item);
}

/** Says what the user would have too much of with this item; nothing where it fits. */
export async function findExceededBound(
  { accountData }: Pick<UserStreamTransaction, 'accountData'>,
  userId: string,
  item: AccountDataItem,
): Promise<string | undefined> {
  const { items, bytes } = await accountData.measureOthers(userId, item);
  if (items >= MAX_ITEMS) return `A user has at most ${MAX_ITEMS} items of account data`;
  const isLarge = bytes + Buffer.byteLength(item.content) > MAX_TOTAL_BYTES;
  return isLarge ? `The account data of a user has at most ${MAX_TOTAL_BYTES} bytes` : undefined;
}

/** The user was deactivated after the request had been let in. */
export function requireStream(transaction: UserStreamTransaction, userId: string): void {
  if (!transaction.has(userId)) throw new MatrixError('M_UNKNOWN_TOKEN', 401, 'The account has been deactivated');
}
