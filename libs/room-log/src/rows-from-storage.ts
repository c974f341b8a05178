import { decodeStateNode, diffStates } from '@plexus/room-dag';
import type { StateDifference, StateNode } from '@plexus/room-dag';
import type { RoomLogRow, RoomReader, StoredEvent } from '@plexus/storage';
import type { LoggedRow, RowToComplete, StateKeyChange } from './logged-row.ts';
import { membersWithoutRoom } from './member-without-room.ts';
import type { WantsMember } from './wants-member.ts';

/**
 * Completes rows that were read from Postgres with what they changed, where that is not known. The cost follows the change: rows that
 * leave the state as it was cost nothing. Nodes that were collected since are no longer needed by anyone who follows; then only the
 * row's own event counts.
 */
export async function rowsFromStorage(
  rows: readonly RowToComplete[],
  reader: RoomReader,
  wantsMember: WantsMember,
): Promise<LoggedRow[]> {
  const nodes = new Map<string, StateNode>();
  const completed: LoggedRow[] = [];
  for (const row of rows) {
    const changedState = row.changedState ?? (await findChanges(row, reader, nodes));
    completed.push({
      ...row,
      changedState,
      changedMembers:
        row.kind === 'membership-without-room'
          ? membersWithoutRoom(row.body, wantsMember)
          : await findMembers(row, changedState, { reader, wantsMember }),
    });
  }
  return completed;
}

async function findChanges(
  row: RoomLogRow,
  reader: RoomReader,
  nodes: Map<string, StateNode>,
): Promise<StateKeyChange[]> {
  if (row.previousRoot === row.currentRoot) return [];
  const keyOf = (nodeNid: number): string => `${row.roomNid}/${nodeNid}`;
  const known = { find: (nodeNid: number) => nodes.get(keyOf(nodeNid)) };
  for (;;) {
    const diff = diffStates(row.previousRoot, row.currentRoot, known);
    if (diff.outcome === 'compared') return diff.differences.map(changeOf);
    const loaded = await reader.findStateNodes(row.shard, row.roomNid, diff.nodeIds);
    if (loaded.size < diff.nodeIds.length) return ownChange(row);
    for (const [nodeNid, body] of loaded) nodes.set(keyOf(nodeNid), decodeStateNode(body));
  }
}

function changeOf({ type, stateKey, after }: StateDifference): StateKeyChange {
  return { type, stateKey, eventNid: after };
}

function ownChange({ event }: RoomLogRow): StateKeyChange[] {
  if (event === undefined) return [];
  const { type, state_key: stateKey } = JSON.parse(event.json.toString()) as { type: string; state_key?: string };
  return stateKey === undefined ? [] : [{ type, stateKey, eventNid: event.eventNid }];
}

async function findMembers(
  row: RoomLogRow,
  changes: readonly StateKeyChange[],
  { reader, wantsMember }: { reader: RoomReader; wantsMember: WantsMember },
): Promise<LoggedRow['changedMembers']> {
  const members = changes.filter(({ type, stateKey }) => type === 'm.room.member' && wantsMember(stateKey));
  const others = members.flatMap(({ eventNid }) =>
    eventNid === undefined || eventNid === row.event?.eventNid ? [] : [eventNid],
  );
  const events = others.length === 0 ? new Map<number, StoredEvent>() : await reader.findEvents(row.shard, others);
  return members.map(({ stateKey, eventNid }) => {
    const event =
      eventNid === undefined ? undefined : eventNid === row.event?.eventNid ? row.event : events.get(eventNid);
    return { userId: stateKey, event };
  });
}
