import { checkAuth } from '@plexus/room-dag';
import { forbid, INCOMPLETE } from '../commands/execution.ts';
import { checkByAuthEvents } from '../pdus/check-by-auth-events.ts';
import { placeEvent } from '../pdus/place-event.ts';
import type { StateResolver } from '../pdus/state-resolver.ts';
import { noteBackwardExtremities } from '../rooms/backward-extremities.ts';
import { isOutlier } from '../rooms/known-event.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { emptyHead } from '../rooms/room-head.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { FIRST_IMPORTED_POSITION, GAP_POSITIONS } from '../rooms/topological-positions.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { PieceAttempt } from './import-item.ts';
import type { MemberCounts } from './imported-state.ts';
import { countResidents, projectHosted } from './resident-counts.ts';
import type { StagedPdu } from './staged-piece.ts';

export interface Admission {
  readonly place: LoadedRoom;
  readonly join: StagedPdu;
  /** The state before the join, all of it stored. */
  readonly root: number;
  readonly counts: MemberCounts;
  readonly hostedMembers: readonly number[];
  /** Nothing where the state is complete; else the servers that are in the room. */
  readonly serversInRoom: readonly string[] | undefined;
  readonly resolver: StateResolver;
}

/**
 * The last piece of a join over federation: the join event, by the checks 4 and 5, and with it the room, visible from the commit on. A room in
 * which no hosted server was resident any more goes on from the join alone: its stored state authorizes nobody. One in which another hosted
 * server is resident takes the join as an event like others, after the state that came with it.
 */
export function admitRoom(edit: RoomEdit, admission: Admission): PieceAttempt<undefined> {
  const { event, bytes, isRedactedCopy } = admission.join;
  const known = edit.eventById(event.eventId);
  const authEvents = event.authEvents.map((eventId) => edit.eventById(eventId)).filter((cited) => cited !== undefined);
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  if (known !== undefined && !isOutlier(known)) return arrived(edit, admission, known);
  const rule = findFault(edit, admission, authEvents);
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  if (rule !== undefined) return { execution: forbid(rule, 'The room that was received does not allow the join') };
  const { head } = edit;
  const isResident = head !== undefined && edit.hasHostedResident((serverName) => edit.isHosted(serverName));
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  const toPlace = { event, bytes, isRedactedCopy, outlier: known, authEvents };
  const fault = isResident
    ? joinResidentRoom(edit, head, { admission, toPlace })
    : enterRoom(edit, head, { admission, toPlace });
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  if (fault !== undefined) return { execution: forbid(fault, 'The room as it is now does not allow the join') };
  return arrived(edit, admission, edit.eventById(event.eventId));
}

interface ToPlace extends StagedPdu {
  readonly outlier: KnownEvent | undefined;
  readonly authEvents: readonly KnownEvent[];
}

interface Entering {
  readonly admission: Admission;
  readonly toPlace: ToPlace;
}

/** @NOTE Repeated, it has the event stored before: nothing but the import's row is left to remove. */
function arrived(edit: RoomEdit, { place, join }: Admission, known: KnownEvent | undefined): PieceAttempt<undefined> {
  const { shard, roomId, roomNid } = place;
  edit.changes.imports.push({ shard, roomId, roomNid, stateRoot: undefined });
  const eventNids = known === undefined ? [] : [known.eventNid];
  return { execution: { outcome: 'stored', eventNids, eventIds: [join.event.eventId] } };
}

function findFault(
  edit: RoomEdit,
  { join: { event }, root }: Admission,
  authEvents: readonly KnownEvent[],
): string | undefined {
  if (event.type !== 'm.room.member' || event.content['membership'] !== 'join') return 'import.not_a_join';
  if (authEvents.length < new Set(event.authEvents).size) return 'import.auth_events_missing';
  const byAuthEvents = checkByAuthEvents(edit, event);
  if (byAuthEvents !== undefined) return byAuthEvents;
  const byState = checkAuth(event, edit.authState(root));
  return byState.outcome === 'reject' ? byState.rule : undefined;
}

/** The room begins, or begins anew, with the state that was received. */
function enterRoom(edit: RoomEdit, former: RoomHead | undefined, { admission, toPlace }: Entering): undefined {
  const { place, root, counts } = admission;
  const next: RoomHead = {
    ...(former ?? emptyHead(place)),
    currentRoot: root,
    extremities: [],
    topologicalPosition: former === undefined ? FIRST_IMPORTED_POSITION : former.topologicalPosition + GAP_POSITIONS,
    joinedCount: counts.joined,
    invitedCount: counts.invited,
  };
  const head = former === undefined ? edit.adoptRoom(next) : edit.replaceHead(former, next);
  countResidents(edit, head, { joinedByServer: withServersInRoom(admission) });
  const { topologicalPosition } = head;
  const placed = { ...toPlace, status: 'accepted', stateBefore: root, prevEvents: [], topologicalPosition } as const;
  const known = edit.appendEvent(head, placed);
  noteBackwardExtremities(edit, head, known);
  projectHosted(edit, head, { ...admission, except: new Set([known.event.stateKey ?? '']) });
  if (admission.serversInRoom !== undefined && edit.head !== undefined) edit.setPartialJoin(edit.head, known);
}

/** Of a room whose members are not all known, each server that is in it counts for one of them. */
function withServersInRoom({ counts, serversInRoom = [] }: Admission): MemberCounts['joinedByServer'] {
  return new Map([...serversInRoom.map((serverName) => [serverName, 1] as const), ...counts.joinedByServer]);
}

/** The rule that does not let the join take effect, if one does not. */
function joinResidentRoom(edit: RoomEdit, head: RoomHead, { admission, toPlace }: Entering): string | undefined {
  const { root, resolver } = admission;
  const prevEvents = toPlace.event.prevEvents
    .map((eventId) => edit.eventById(eventId))
    .filter((prev) => prev !== undefined)
    .filter((prev) => !isOutlier(prev));
  if (edit.isIncomplete) return undefined;
  const placing = placeEvent(edit, head, { ...toPlace, prevEvents, stateBefore: root, isAfterGap: true, resolver });
  return placing.outcome === 'stored' && placing.status !== 'accepted' ? (placing.rule ?? placing.status) : undefined;
}
