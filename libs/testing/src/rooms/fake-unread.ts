import { findRelation, notificationOf } from '@plexus/room-dag';
import type { Highlight, ReadMark } from '@plexus/room-dag';
import type { EventUnread, Receipt, RoomLogRow, StoredEvent, StoredUnread } from '@plexus/storage';
import { parseStored } from './fake-event.ts';

/** How many events of a room notify everybody, so far. */
export interface RoomCounting {
  notifyCount: number;
  threadNotifyCount: number;
}

const EVERYBODY_MAY = { senderPowerLevel: 100, requiredNotificationLevel: () => 50 };

/** Without rules: everybody may notify the whole room. Counts the event in the room. */
export function unreadOf(
  stored: Pick<StoredEvent, 'json' | 'eventId'>,
  room: RoomCounting,
  wasJoined: (userId: string) => boolean,
): EventUnread {
  const event = parseStored(stored);
  const { notifies, highlights } = notificationOf(event, EVERYBODY_MAY);
  const relation = findRelation(event.content);
  const threadId = relation?.relationType === 'm.thread' ? relation.parentEventId : undefined;
  room.notifyCount += Number(notifies);
  room.threadNotifyCount += threadId === undefined ? 0 : Number(notifies);
  const isOwnJoin = event.stateKey === event.sender && event.content['membership'] === 'join';
  const arrives = event.type === 'm.room.member' && isOwnJoin && !wasJoined(event.sender);
  const { notifyCount, threadNotifyCount } = room;
  return { notifies, highlights, arrives, threadId, notifyCount, threadNotifyCount };
}

/** What is known of a room and one of its users: all rows of the room, and the user's receipts. */
export function unreadFacts(
  userId: string,
  { rows, receipts }: { readonly rows: readonly RoomLogRow[]; readonly receipts: readonly Receipt[] },
): Pick<StoredUnread, 'marks' | 'highlights' | 'threadEvents'> {
  const marks: ReadMark[] = receipts.map((receipt) => markOf(receipt, rows));
  const highlights: Highlight[] = [];
  const threadEvents: StoredUnread['threadEvents'][number][] = [];
  for (const { position, event } of rows) {
    if (event?.unread === undefined) continue;
    const { threadId, notifies, arrives, highlights: isForAll, ...counts } = event.unread;
    const parsed = parseStored(event);
    if (parsed.sender === userId && (arrives || notifies))
      marks.push({ threadId: arrives ? '' : (threadId ?? 'main'), position, ...counts });
    const isMentioned = notificationOf(parsed, EVERYBODY_MAY).mentions.includes(userId);
    if (isForAll || isMentioned) highlights.push({ threadId, position, isCounted: notifies });
    if (threadId !== undefined && notifies) threadEvents.push({ threadId, position });
  }
  return { marks, highlights, threadEvents };
}

function markOf({ threadId, eventPosition: position }: Receipt, rows: readonly RoomLogRow[]): ReadMark {
  const { notifyCount = 0, threadNotifyCount = 0 } = rows.find((row) => row.position === position)?.event?.unread ?? {};
  return { threadId, position, notifyCount, threadNotifyCount };
}
