import { diffStates, parseRoomEvent } from '@plexus/room-dag';
import { decodeMembershipWithoutRoom } from '@plexus/storage';
import type { HostedServers, RoomLogRow, RoomOwnerReader, RoomRecord, RoomSummary, UserRoom } from '@plexus/storage';
import { Loaded } from '../rooms/loaded.ts';
import { WITHOUT_ROOM } from '../rooms/log-entries.ts';
import { projectMemberships } from '../rooms/project-memberships.ts';
import { describesRoom, projectSummary } from '../rooms/project-summary.ts';
import type { RoomMemory } from '../rooms/room-memory.ts';
import { RoomView } from '../rooms/room-view.ts';
import { rulesOf } from '../writing/room-loader.ts';
import type { RoomLoader } from '../writing/room-loader.ts';

export interface CatchUpPorts {
  readonly rooms: Pick<RoomOwnerReader, 'readLog' | 'findReadProgress' | 'findRoom'>;
  readonly loader: RoomLoader;
  readonly memory: RoomMemory;
  readonly servers: HostedServers;
}

const PAGE = 200;

/** What rows of the log brought. */
export interface CaughtUp {
  readonly memberships: readonly UserRoom[];
  /** As of now, which is no older than the row. */
  readonly summaries: readonly RoomSummary[];
  readonly position: number;
}

/** Reads from the log of a shard which memberships and summaries its rows brought, a page at a time. */
export async function* catchUpMemberships(
  range: { readonly shard: number; readonly after: number; readonly upTo: number },
  ports: CatchUpPorts,
): AsyncGenerator<CaughtUp> {
  for (let { after } = range; after < range.upTo;) {
    const rows = await ports.rooms.readLog({ ...range, after, limit: PAGE, order: 'ascending' });
    const last = rows.at(-1);
    if (last === undefined) return;
    const brought = await Promise.all(rows.map((row) => broughtBy(row, ports)));
    yield {
      memberships: brought.flatMap(({ memberships }) => memberships),
      summaries: brought.flatMap(({ summaries }) => summaries),
      position: last.position,
    };
    after = last.position;
  }
}

type Brought = Pick<CaughtUp, 'memberships' | 'summaries'>;

const NOTHING: Brought = { memberships: [], summaries: [] };

async function broughtBy(row: RoomLogRow, { rooms, loader, memory, servers }: CatchUpPorts): Promise<Brought> {
  if (row.kind === 'membership-without-room') return { memberships: membershipsOf(row), summaries: [] };
  if (row.previousRoot === row.currentRoot && !mayBeRedaction(row)) return NOTHING;
  const room = await rooms.findRoom(row.roomId);
  const loaded = new Loaded();
  for (;;) {
    const view = new RoomView({ ...row, memory, loaded, uncommitted: [] });
    const brought = attempt(view, { row, room, servers });
    if (view.missing.isEmpty) return brought;
    const place = { ...row, rules: rulesOf(row.roomVersion) };
    await loader.load({ ...row, room: place }, view.missing, loaded);
  }
}

function membershipsOf({ shard, position, body }: RoomLogRow): UserRoom[] {
  if (body === undefined) return [];
  const { json: _json, ...membership } = decodeMembershipWithoutRoom(body);
  return [{ ...membership, shard, position, roomNid: WITHOUT_ROOM }];
}

function attempt(
  view: RoomView,
  {
    row,
    room,
    servers,
  }: { readonly row: RoomLogRow; readonly room: RoomRecord | undefined; readonly servers: HostedServers },
): Brought {
  const diff = diffStates(row.previousRoot, row.currentRoot, view);
  if (diff.outcome === 'missing') {
    for (const nodeNid of diff.nodeIds) view.missing.nodes.add(nodeNid);
    return NOTHING;
  }
  const changed = diff.differences.map(({ type, stateKey, after }) => ({ type, stateKey, eventNid: after }));
  const memberships = projectMemberships(view, { ...row, changed }, (serverName) => servers.isHosted(serverName));
  if (room === undefined) return { memberships, summaries: [] };
  const rules = rulesOf(row.roomVersion);
  const transition = { ...row, changed, isRedescribed: isRedescribed(view, row, room) };
  return { memberships, summaries: projectSummary(view, transition, { ...room, rules }) };
}

/** Only a redaction changes a summary without changing state; not every event is parsed to find that out. */
function mayBeRedaction({ event }: RoomLogRow): boolean {
  return event?.json.includes('"m.room.redaction"') === true;
}

function isRedescribed(view: RoomView, row: RoomLogRow, room: RoomRecord): boolean {
  if (row.event === undefined || !mayBeRedaction(row)) return false;
  const { type, redacts } = parseRoomEvent(row.event.json, row.event.eventId, rulesOf(row.roomVersion));
  const redacted = type === 'm.room.redaction' && redacts !== undefined ? view.eventById(redacts) : undefined;
  return redacted !== undefined && describesRoom(view, room.currentRoot, redacted);
}
