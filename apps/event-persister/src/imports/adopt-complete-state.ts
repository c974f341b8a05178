import { isUserId, serverNameOf } from '@plexus/matrix-base';
import { applyRedaction } from '../rooms/apply-redaction.ts';
import type { ChangedKey } from '../rooms/changes.ts';
import { changedKeysOf, fewChangedKeysOf, MAX_CHANGED_KEYS } from '../rooms/changed-keys.ts';
import { countMembers } from '../rooms/count-members.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import { projectMemberships } from '../rooms/project-memberships.ts';
import { summarize } from '../rooms/project-summary.ts';
import { relationShown } from '../rooms/relation-of.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { countResidents, projectHosted } from './resident-counts.ts';
import type { CompletedState } from './completed-state.ts';

interface Adopted extends CompletedState {
  /** Those since the join, as they are over the complete state. */
  readonly events: readonly KnownEvent[];
  /** Numbers of those that were accepted before and are not now, or the other way round. */
  readonly changed: ReadonlySet<number>;
  /** By number, the JSON of those that the policy server has signed since. */
  readonly signed: ReadonlyMap<number, Buffer>;
  readonly extremities: readonly KnownEvent[];
  readonly currentRoot: number;
}

/** The complete state becomes the room's, with everything that happened since. A row of the log tells that it changed without an event. */
export function adoptCompleteState(edit: RoomEdit, head: RoomHead, adopted: Adopted): void {
  const { root, counts, events, extremities, currentRoot, hostedMembers } = adopted;
  const { shard, roomId, roomNid } = head;
  const base = { ...head, currentRoot: root, joinedCount: counts.joined, invitedCount: counts.invited };
  const changed = changedKeysOf(edit, base, { root: currentRoot, own: undefined });
  const { joinedDelta, invitedDelta, residency } = countMembers(edit, base, changed);
  for (const known of events) {
    const { eventNid, stateBefore = root, stateAfter = root, status } = known;
    edit.uncommitted.addEvent(known);
    edit.changes.rerooted.push({ shard, eventNid, stateBefore, stateAfter, status });
    if (adopted.changed.has(eventNid)) showOrHide(edit, head, { ...known, stateBefore });
  }
  for (const [eventNid, json] of adopted.signed) edit.changes.restored.push({ shard, eventNid, json });
  const completed: RoomHead = {
    ...base,
    currentRoot,
    extremities,
    joinedCount: counts.joined + joinedDelta,
    invitedCount: counts.invited + invitedDelta,
    partialJoin: undefined,
  };
  const next = edit.replaceHead(head, completed, toldOf(edit, head, completed));
  countResidents(edit, next, counts);
  edit.changes.residency.push(...residency);
  projectHosted(edit, next, { hostedMembers, except: new Set(changed.map(({ stateKey }) => stateKey)) });
  projectJudged(edit, { head, next }, events);
  if (head.isListed) edit.changes.summaries.push(summarize(edit, next, edit.counters.position));
  edit.changes.imports.push({ shard, roomId, roomNid, stateRoot: undefined });
}

/** The keys that the row of the log tells of. Where so many more are joined, it is known without comparing that they are too many. */
function toldOf(edit: RoomEdit, head: RoomHead, completed: RoomHead): ChangedKey[] {
  if (completed.joinedCount - head.joinedCount > MAX_CHANGED_KEYS) return [];
  return fewChangedKeysOf(edit, head.currentRoot, completed.currentRoot);
}

/** What else is kept of an event that is accepted now, or not any more. */
function showOrHide(
  edit: RoomEdit,
  { shard, roomNid }: RoomHead,
  {
    eventNid,
    event,
    status,
    stateBefore,
    topologicalPosition,
    redactedBy,
  }: KnownEvent & { readonly stateBefore: number },
): void {
  if (status !== 'accepted') {
    edit.changes.redactedEvents.push({ shard, eventNid });
    edit.changes.brokenRelations.push({ shard, eventNid });
    return;
  }
  applyRedaction(edit, { event, stateBefore });
  const relation = relationShown(edit, { event, redactedBy });
  const place = { shard, roomNid, eventNid, eventId: event.eventId, topologicalPosition };
  if (relation !== undefined) edit.changes.relations.push({ ...place, relation });
}

/** Of hosted users whose memberships came since the join, what the complete state makes another one of. */
function projectJudged(
  edit: RoomEdit,
  { head, next }: { readonly head: RoomHead; readonly next: RoomHead },
  events: readonly KnownEvent[],
): void {
  const isHosted = (serverName: string): boolean => edit.isHosted(serverName);
  const members = events.filter(({ event }) => event.type === 'm.room.member').map(({ event }) => event.stateKey);
  const hosted = [...new Set(members)].filter(isUserId).filter((userId) => isHosted(serverNameOf(userId)));
  const changed = hosted.flatMap((stateKey): ChangedKey[] => {
    const before = edit.stateEvent(head.currentRoot, 'm.room.member', stateKey);
    const after = edit.stateEvent(next.currentRoot, 'm.room.member', stateKey);
    return before?.eventNid === after?.eventNid ? [] : [{ type: 'm.room.member', stateKey, eventNid: after?.eventNid }];
  });
  const { position } = edit.counters;
  const transition = { ...next, previousRoot: head.currentRoot, changed, position };
  edit.changes.memberships.push(...projectMemberships(edit, transition, isHosted));
}
