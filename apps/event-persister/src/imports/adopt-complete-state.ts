import { countMembers } from '../rooms/count-members.ts';
import { changedKeysOf } from '../rooms/changed-keys.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { summarize } from '../rooms/project-summary.ts';
import { countResidents, projectHosted } from './resident-counts.ts';
import type { CompletedState } from './completed-state.ts';

interface Adopted extends CompletedState {
  /** Those since the join, as they are over the complete state. */
  readonly events: readonly KnownEvent[];
  readonly currentRoot: number;
}

/** The complete state becomes the room's, with everything that happened since. A row of the log tells that it changed without an event. */
export function adoptCompleteState(edit: RoomEdit, head: RoomHead, adopted: Adopted): void {
  const { root, counts, events, currentRoot, hostedMembers } = adopted;
  const { shard, roomId, roomNid } = head;
  const byNid = new Map(events.map((known) => [known.eventNid, known]));
  const extremities = head.extremities.map((known) => byNid.get(known.eventNid) ?? known);
  const base = { ...head, currentRoot: root, joinedCount: counts.joined, invitedCount: counts.invited };
  const changed = changedKeysOf(edit, base, { root: currentRoot, own: undefined });
  const { joinedDelta, invitedDelta, residency } = countMembers(edit, base, changed);
  for (const known of events) {
    const { eventNid, stateBefore = root, stateAfter = root, status } = known;
    edit.uncommitted.addEvent(known);
    edit.changes.rerooted.push({ shard, eventNid, stateBefore, stateAfter, status });
  }
  const next = edit.replaceHead(head, {
    ...base,
    currentRoot,
    extremities,
    joinedCount: counts.joined + joinedDelta,
    invitedCount: counts.invited + invitedDelta,
    partialJoin: undefined,
  });
  countResidents(edit, next, counts);
  edit.changes.residency.push(...residency);
  projectHosted(edit, next, { hostedMembers, except: new Set(changed.map(({ stateKey }) => stateKey)) });
  if (head.isListed) edit.changes.summaries.push(summarize(edit, next, edit.counters.position));
  edit.changes.imports.push({ shard, roomId, roomNid, stateRoot: undefined });
}
