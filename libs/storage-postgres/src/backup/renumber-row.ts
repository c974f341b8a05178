import { decodeStateNode, EMPTY_ROOT, encodeStateNode } from '@plexus/room-dag';
import type { StateNode } from '@plexus/room-dag';
import { StorageError } from '@plexus/storage';
import type { Renumbering, ShardNumbers } from './renumbering.ts';

export type Row = Readonly<Record<string, unknown>>;

/** What a table's rows become in another place of the log and under other numbers; nothing where a row is of no use there. */
type Renumber = (row: Row, numbers: ShardNumbers) => Row | undefined;

/** As if another server had sent it when the room was here already: it has no row in the log, and counts as read. */
const OF_THE_PAST = { stream_position: null, notify_count: null, thread_notify_count: null, unread_flags: null };
const READ = { position: null, event_position: 0, notify_count: 0, thread_notify_count: 0 };

/**
 * The tables of rooms that are brought back, in this order; `rooms` itself comes last, by another way.
 *
 * @NOTE Not `room_threads`, which a trigger on `event_relations` makes; nor `highlights`, `room_log`, `room_commands` and what waits, which are of
 * another time.
 */
export const ROOM_TABLES: ReadonlyMap<string, Renumber> = new Map<string, Renumber>([
  ['events', (row, numbers) => ({ ...ofRoom(row, numbers), ...OF_THE_PAST, ...eventOf(row, numbers) })],
  ['state_nodes', renumberNode],
  [
    'auth_edges',
    (row, { events }) => ({
      ...row,
      event_nid: events.of(numberIn(row, 'event_nid')),
      auth_event_nid: events.of(numberIn(row, 'auth_event_nid')),
    }),
  ],
  [
    'redactions',
    (row, { events }) => ({ ...row, redaction_event_nid: events.of(numberIn(row, 'redaction_event_nid')) }),
  ],
  ['backward_extremities', withEvent],
  ['event_relations', withEvent],
  ['event_search', renumberSearch],
  ['redacted_copies', withEvent],
  ['receipts', (row, numbers) => ({ ...ofRoom(row, numbers), ...READ })],
  ['room_servers', (row, numbers) => ({ ...ofRoom(row, numbers), joined_at: 0, left_at: 0, left_before: 0 })],
]);

/** Whether a row of one of these tables is of a room that comes back. */
export function isOfRooms(row: Row, { rooms, events }: ShardNumbers): boolean {
  const { room_nid: roomNid, event_nid: eventNid, redaction_event_nid: redactionNid } = row;
  if (typeof roomNid === 'number') return rooms.has(roomNid);
  const nid = typeof eventNid === 'number' ? eventNid : redactionNid;
  return typeof nid === 'number' && events.has(nid);
}

/** A row of `rooms`. */
export function renumberRoom(row: Row, numbers: ShardNumbers): Row {
  const { forward_extremities: extremities } = row;
  if (!Array.isArray(extremities)) throw new StorageError('a room of the backup has no forward extremities');
  return {
    ...ofRoom(row, numbers),
    current_root: nodeOf(numberIn(row, 'current_root'), numbers.nodes),
    forward_extremities: extremities.map((nid) => numbers.events.of(Number(nid))),
    notify_count: 0,
    thread_notify_count: 0,
  };
}

export function numberIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new StorageError(`a row of the backup has no number in ${column}`);
  return value;
}

function ofRoom(row: Row, { rooms }: ShardNumbers): Row {
  return { ...row, room_nid: rooms.of(numberIn(row, 'room_nid')) };
}

function withEvent(row: Row, numbers: ShardNumbers): Row {
  return { ...ofRoom(row, numbers), event_nid: numbers.events.of(numberIn(row, 'event_nid')) };
}

function eventOf(row: Row, { events, nodes }: ShardNumbers): Row {
  const root = (column: string): number | null => (row[column] === null ? null : nodeOf(numberIn(row, column), nodes));
  return {
    event_nid: events.of(numberIn(row, 'event_nid')),
    state_before: root('state_before'),
    state_after: root('state_after'),
  };
}

function nodeOf(nid: number, nodes: Renumbering): number {
  return nid === EMPTY_ROOT ? EMPTY_ROOT : nodes.of(nid);
}

/** @NOTE A node that is in no state any more may name what a purge has taken: it stays behind. */
function renumberNode(row: Row, numbers: ShardNumbers): Row | undefined {
  const node = renumberIn(decodeStateNode(bytesIn(row, 'body')), numbers);
  if (node === undefined) return undefined;
  const body = `\\x${Buffer.from(encodeStateNode(node)).toString('hex')}`;
  return { ...ofRoom(row, numbers), node_nid: numbers.nodes.of(numberIn(row, 'node_nid')), body };
}

function renumberIn(node: StateNode, { events, nodes }: ShardNumbers): StateNode | undefined {
  if (node.kind === 'inner') {
    const children = node.children.map((nid) => (nid === EMPTY_ROOT ? EMPTY_ROOT : nodes.find(nid)));
    return children.includes(undefined) ? undefined : { kind: 'inner', children: children.map(Number) };
  }
  const entries = node.entries.flatMap((entry) => {
    const eventNid = events.find(entry.eventNid);
    return eventNid === undefined ? [] : [{ ...entry, eventNid }];
  });
  return entries.length < node.entries.length ? undefined : { kind: 'leaf', entries };
}

/** Its room is one of its words. */
function renumberSearch(row: Row, numbers: ShardNumbers): Row {
  const renumbered = withEvent(row, numbers);
  const word = ({ shard, room_nid: roomNid }: Row): string => `'ROOM ${String(shard)} ${String(roomNid)}'`;
  return { ...renumbered, vector: String(row['vector']).replace(word(row), () => word(renumbered)) };
}

function bytesIn(row: Row, column: string): Buffer {
  const value = row[column];
  if (typeof value !== 'string' || !value.startsWith('\\x')) {
    throw new StorageError(`a row of the backup has no bytes in ${column}`);
  }
  return Buffer.from(value.slice(2), 'hex');
}
