import { findRelation, isErasable, redactEvent } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { EraseEvents } from '@plexus/rpc';
import { encodeErasedEvents } from '@plexus/storage';
import type { EventErasure } from '@plexus/storage';
import type { KnownEvent } from '../rooms/known-event.ts';
import { purgeEntry } from '../rooms/log-entries.ts';
import { summarize } from '../rooms/project-summary.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { depthOf } from '../rooms/room-head.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import type { Execution } from './execution.ts';
import { INCOMPLETE } from './execution.ts';

interface Erased {
  readonly known: KnownEvent;
  readonly event: RoomEvent;
  readonly json: Buffer;
}

/**
 * Puts the redacted form in the place of what a user sent. The rules judge an event by what redaction leaves of it, so nothing that was decided by it
 * changes. Unlike a redaction it needs nobody in the room, and other servers learn nothing of it. What they send later of what was sent up to now is stored
 * redacted too. Repeated, it finds nothing left to do.
 */
export function eraseEvents(edit: RoomEdit, head: RoomHead, { userId, eventIds }: EraseEvents): Execution {
  const known = eventIds.map((eventId) => edit.eventById(eventId));
  if (edit.isIncomplete) return INCOMPLETE;
  const erased = known.flatMap((one) => (one?.event.sender === userId ? eraseOne(one) : []));
  const marked = head.erasedSenders?.get(userId) ?? -1;
  const upToDepth = Math.max(depthOf(head), marked);
  const isMarked = marked === upToDepth;
  if (erased.length === 0 && isMarked) return { outcome: 'unchanged', eventIds: [] };
  for (const { known: former, event, json } of erased) {
    edit.uncommitted.addEvent({ ...former, event, byteLength: json.length, isRedactedCopy: false });
    const isRelated = findRelation(former.event.content) !== undefined;
    if (isRelated) edit.changes.brokenRelations.push({ shard: edit.shard, eventNid: former.eventNid });
  }
  const events = erased.map(({ known: { eventNid }, json }) => ({ eventNid, json }));
  edit.changes.erasures.push({ shard: head.shard, roomId: head.roomId, userId, upToDepth, events });
  edit.replaceHead(head, { ...head, erasedSenders: new Map(head.erasedSenders).set(userId, upToDepth) });
  tell(edit, head, events);
  const isRedescribed = head.isListed && erased.some(({ event }) => event.stateKey !== undefined);
  if (isRedescribed) edit.changes.summaries.push(summarize(edit, head, edit.counters.position));
  return edit.isIncomplete ? INCOMPLETE : { outcome: 'settled' };
}

/** A row of the log tells those who follow which events these are. */
function tell(edit: RoomEdit, head: RoomHead, events: EventErasure['events']): void {
  if (events.length === 0) return;
  const body = encodeErasedEvents(events.map(({ eventNid }) => eventNid));
  edit.changes.log.push(purgeEntry(head, edit.allot('position'), body));
}

/** Nothing where redaction leaves all of it. What came without its content is not to get it any more. */
function eraseOne(known: KnownEvent): Erased[] {
  if (!isErasable(known.event)) return [];
  const { event, bytes: json } = redactEvent(known.event);
  const isErased = json.length === known.byteLength && known.isRedactedCopy !== true;
  return isErased ? [] : [{ known, event, json }];
}
