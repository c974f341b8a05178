import { isEventId, serverNameOf } from '@plexus/matrix-base';
import type { PurgeEvents } from '@plexus/rpc';
import type { EventPurge, HostedServers } from '@plexus/storage';
import { noteBackwardExtremities } from '../rooms/backward-extremities.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import type { Execution } from './execution.ts';
import { INCOMPLETE, refuse } from './execution.ts';

interface Purge extends PurgeEvents {
  readonly servers: HostedServers;
}

/**
 * Takes a piece of a room's history away. State events stay without a place, because the rules and the room's state need them; so does a
 * redaction of what stays, or that would be there again unredacted. Forward extremities are never touched: the room goes on from them. Below the
 * oldest events that stay, if they are named, history goes on at other servers: they are backward extremities from then on.
 */
export function purgeEvents(edit: RoomEdit, head: RoomHead, purge: Purge): Execution {
  const end = Math.max(...head.extremities.map(({ topologicalPosition }) => topologicalPosition ?? 0));
  if (purge.below > end) {
    return refuse('M_UNKNOWN', 400, 'purge.beyond_end', 'topological_ordering is greater than forward extremities');
  }
  const purged = purge.eventIds
    .map((eventId) => edit.eventById(eventId))
    .filter((known) => known !== undefined && isPurged(known, head, purge))
    .filter((known) => known !== undefined);
  noteEnds(edit, head, purge);
  if (edit.isIncomplete) return INCOMPLETE;
  const kept = purged.filter((known) => isKept(known, purge));
  const dispensable = new Set(purged.filter((known) => !isKept(known, purge)));
  const judged = [...dispensable].filter((known) => isStillNeeded(edit, known, dispensable));
  if (edit.isIncomplete) return INCOMPLETE;
  const hasEnds = edit.changes.backwardExtremities.length > 0;
  if (purged.length === 0) return hasEnds ? { outcome: 'settled' } : { outcome: 'unchanged', eventIds: [] };
  for (const redaction of judged) dispensable.delete(redaction);
  edit.purgeEvents(head, {
    removed: nidsOf(dispensable),
    outliers: nidsOf(kept),
    judged: nidsOf(judged),
    redactions: [...dispensable].flatMap(redactionOf),
  });
  return { outcome: 'settled' };
}

/** @NOTE Named when all is gone: what an earlier piece left would be gone with a later one. */
function noteEnds(edit: RoomEdit, head: RoomHead, { keptEventIds, below }: Purge): void {
  for (const eventId of keptEventIds) {
    const known = edit.eventById(eventId);
    if (known?.topologicalPosition !== undefined && known.topologicalPosition >= below)
      noteBackwardExtremities(edit, head, known);
  }
}

function isPurged({ eventNid, topologicalPosition }: KnownEvent, head: RoomHead, { below }: Purge): boolean {
  const isEnd = head.extremities.some((extremity) => extremity.eventNid === eventNid);
  return topologicalPosition !== undefined && topologicalPosition < below && !isEnd;
}

/** Redactions are looked at apart: one that is a hosted user's stays with its state, too. */
function isKept({ event }: KnownEvent, { deleteLocalEvents, servers }: Purge): boolean {
  if (event.stateKey !== undefined) return true;
  if (event.type === 'm.room.redaction') return false;
  return !deleteLocalEvents && servers.isHosted(serverNameOf(event.sender));
}

/** Whether it redacts an event that stays. */
function isStillNeeded(edit: RoomEdit, { event }: KnownEvent, removed: ReadonlySet<KnownEvent>): boolean {
  if (event.type !== 'm.room.redaction' || event.redacts === undefined) return false;
  const redacted = edit.eventById(event.redacts);
  return redacted !== undefined && !removed.has(redacted);
}

function redactionOf({ eventNid, event: { redacts } }: KnownEvent): EventPurge['redactions'] {
  return isEventId(redacts) ? [{ eventNid, redacts }] : [];
}

function nidsOf(events: Iterable<KnownEvent>): number[] {
  return [...events].map(({ eventNid }) => eventNid);
}
