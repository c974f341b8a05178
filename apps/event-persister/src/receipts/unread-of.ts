import { findServerName, serverNameOf } from '@plexus/matrix-base';
import type { RoomEvent, RoomNotification } from '@plexus/room-dag';
import { notificationOf, powerLevelOf, requiredNotificationLevel } from '@plexus/room-dag';
import type { EventUnread, NewHighlight, NewReceipt } from '@plexus/storage';
import type { Changes } from '../rooms/changes.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import type { RoomView } from '../rooms/room-view.ts';
import { MAIN_THREAD, threadOf } from './thread-of.ts';

/** What an event means to those who have not read it, and whom it mentions. */
export interface Unread {
  readonly event: EventUnread;
  readonly mentions: readonly string[];
}

/** Counts an event that is about to be the room's newest; incomplete as long as the view misses anything. The cost does not follow the room. */
export function unreadOf(event: RoomEvent, head: RoomHead, view: RoomView): Unread {
  const notification = notificationOf(event, levelsOf(event, head, view));
  const thread = isRead(event, notification) ? MAIN_THREAD : threadOf(event, view);
  const threadId = thread === MAIN_THREAD ? undefined : thread;
  const counts = Number(notification.notifies);
  return {
    event: {
      notifies: notification.notifies,
      highlights: notification.highlights,
      arrives: isArrival(event, head, view),
      threadId,
      notifyCount: head.notifyCount + counts,
      threadNotifyCount: head.threadNotifyCount + (threadId === undefined ? 0 : counts),
    },
    mentions: notification.mentions,
  };
}

/** Adds what follows from an event for those who have not read it, and for its sender. */
export function noteUnread(
  changes: Pick<Changes, 'highlights' | 'impliedReceipts'>,
  known: KnownEvent,
  {
    unread,
    place: { shard, roomNid, position },
    isHosted,
  }: { readonly unread: Unread; readonly place: Place; readonly isHosted: (serverName: string) => boolean },
): void {
  const place = { shard, roomNid, position };
  if (unread.mentions.length > 0 || unread.event.highlights)
    changes.highlights.push(...highlightsOf(unread, place, isHosted));
  const implied = impliedReceipt(known, place);
  if (implied !== undefined && isHosted(findServerName(implied.userId) ?? '')) changes.impliedReceipts.push(implied);
}

type Place = Pick<NewHighlight, 'shard' | 'roomNid' | 'position'>;

/** Its rows for those whom it is a highlight for: one for everybody, or one for each who is mentioned and hosted here. */
function highlightsOf(
  { event, mentions }: Unread,
  place: Place,
  isHosted: (serverName: string) => boolean,
): NewHighlight[] {
  const userIds = event.highlights ? [''] : mentions.filter((userId) => isHosted(serverNameOf(userId)));
  return userIds.map((userId) => ({ ...place, userId, threadId: event.threadId, isCounted: event.notifies }));
}

/**
 * What an event says of how far its sender has read: with what they say, up to there in its thread; with their join, the whole room. Nothing
 * else that they do says anything.
 */
export function impliedReceipt(
  { event, unread }: Pick<KnownEvent, 'event' | 'unread'>,
  { shard, roomNid, position }: Place,
): NewReceipt | undefined {
  if (unread === undefined || (!unread.notifies && !unread.arrives)) return undefined;
  return {
    shard,
    roomNid,
    userId: event.sender,
    receiptType: '',
    threadId: unread.arrives ? '' : (unread.threadId ?? MAIN_THREAD),
    position: undefined,
    eventId: event.eventId,
    eventPosition: position,
    setAt: 0,
    notifyCount: unread.notifyCount,
    threadNotifyCount: unread.threadNotifyCount,
  };
}

/** Nobody has to read it, so its thread does not matter. */
function isRead(event: RoomEvent, { notifies, highlights, mentions }: RoomNotification): boolean {
  return event.content['m.relates_to'] === undefined || (!notifies && !highlights && mentions.length === 0);
}

function isArrival(event: RoomEvent, head: RoomHead, view: RoomView): boolean {
  const { type, stateKey, sender, content } = event;
  if (type !== 'm.room.member' || stateKey !== sender || content['membership'] !== 'join') return false;
  const before = view.stateEvent(head.currentRoot, type, stateKey)?.event;
  return before?.content['membership'] !== 'join';
}

function levelsOf({ sender }: RoomEvent, head: RoomHead, view: RoomView): Parameters<typeof notificationOf>[1] {
  const state = view.authState(head.currentRoot);
  return {
    get senderPowerLevel() {
      return powerLevelOf(sender, state);
    },
    requiredNotificationLevel: (key) => requiredNotificationLevel(state, key),
  };
}
