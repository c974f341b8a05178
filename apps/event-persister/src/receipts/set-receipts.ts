import { findServerName } from '@plexus/matrix-base';
import type { SetReceipts, UserReceipt } from '@plexus/rpc';
import type { NewReceipt } from '@plexus/storage';
import { checkSender } from '../commands/check-sender.ts';
import type { CommandContext, Refusal } from '../commands/execution.ts';
import { forbid, INCOMPLETE, refuse } from '../commands/execution.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { threadOf } from './thread-of.ts';

/** A receipt without the row that brings it. */
export type ReceiptToStore = Omit<NewReceipt, 'position'>;

/** Those of a user's receipts that are newer than what there is. */
export type SetOutcome =
  | { readonly outcome: 'set'; readonly newer: readonly ReceiptToStore[] }
  | typeof INCOMPLETE
  | Refusal;

/**
 * Receipts of a user who is in the room: a hosted one, or one for whom their own server speaks. They are ordered by where this server has put their events, never by depth: one that is not behind
 * the event of the last is none. Nothing is stored here.
 */
export function setReceipts(edit: RoomEdit, head: RoomHead, command: SetReceipts, context: CommandContext): SetOutcome {
  const { userId } = command;
  const refusal = checkReader(edit, head, command, context) ?? checkMember(edit, head, userId);
  if (edit.isIncomplete) return INCOMPLETE;
  if (refusal !== undefined) return refusal;
  const newer: ReceiptToStore[] = [];
  for (const asked of command.receipts) {
    const found = findEvent(edit, asked);
    if (edit.isIncomplete) return INCOMPLETE;
    if (found.outcome === 'refused') return found;
    const receipt = receiptOf(head, { userId, asked, known: found.known });
    const before = edit.receiptPosition(receipt);
    if (edit.isIncomplete) return INCOMPLETE;
    if (before === undefined || before < receipt.eventPosition) newer.push(receipt);
  }
  return { outcome: 'set', newer };
}

function checkReader(
  edit: RoomEdit,
  head: RoomHead,
  { userId, origin }: SetReceipts,
  { servers }: CommandContext,
): Refusal | undefined {
  if (origin === undefined) return checkSender(edit, head, { sender: userId, isLeaving: false, servers });
  if (findServerName(userId) === origin && !servers.isHosted(origin)) return undefined;
  return forbid('receipt.origin', `${origin} does not speak for ${userId}`);
}

function checkMember(edit: RoomEdit, head: RoomHead, userId: string): Refusal | undefined {
  const member = edit.stateEvent(head.currentRoot, 'm.room.member', userId)?.event;
  return member?.content['membership'] === 'join'
    ? undefined
    : forbid('receipt.member', `${userId} is not in the room`);
}

function findEvent(
  edit: RoomEdit,
  { eventId, threadId }: UserReceipt,
): { readonly outcome: 'found'; readonly known: KnownEvent } | Refusal {
  const known = edit.eventById(eventId);
  if (known === undefined || known.status !== 'accepted') {
    return refuse('M_INVALID_PARAM', 400, 'receipt.event', 'The room has no such event');
  }
  const isInThread = threadId === '' || threadId === threadOf(known.event, edit) || threadId === eventId;
  if (isInThread) return { outcome: 'found', known };
  return refuse('M_INVALID_PARAM', 400, 'receipt.thread', 'The event is not in the thread');
}

function receiptOf(
  { shard, roomNid }: RoomHead,
  { userId, asked, known }: { readonly userId: string; readonly asked: UserReceipt; readonly known: KnownEvent },
): ReceiptToStore {
  const { receiptType, eventId, threadId, setAt } = asked;
  return {
    shard,
    roomNid,
    userId,
    receiptType,
    threadId,
    eventId,
    eventPosition: known.streamPosition ?? 0,
    setAt,
    notifyCount: known.unread?.notifyCount ?? 0,
    threadNotifyCount: known.unread?.threadNotifyCount ?? 0,
  };
}
