import { diffStates } from '@plexus/room-dag';
import type { HostedServers, RoomLogRow, RoomOwnerReader, UserRoom } from '@plexus/storage';
import { Loaded } from '../rooms/loaded.ts';
import { projectMemberships } from '../rooms/project-memberships.ts';
import type { RoomMemory } from '../rooms/room-memory.ts';
import { RoomView } from '../rooms/room-view.ts';
import { rulesOf } from '../writing/room-loader.ts';
import type { RoomLoader } from '../writing/room-loader.ts';

export interface CatchUpPorts {
  readonly rooms: Pick<RoomOwnerReader, 'readLog' | 'findReadProgress'>;
  readonly loader: RoomLoader;
  readonly memory: RoomMemory;
  readonly servers: HostedServers;
}

const PAGE = 200;

/** Reads from the log of a shard which memberships its rows brought, a page at a time. */
export async function* catchUpMemberships(
  range: { readonly shard: number; readonly after: number; readonly upTo: number },
  ports: CatchUpPorts,
): AsyncGenerator<UserRoom[]> {
  for (let { after } = range; after < range.upTo;) {
    const rows = await ports.rooms.readLog({ ...range, after, limit: PAGE, order: 'ascending' });
    const last = rows.at(-1);
    if (last === undefined) return;
    const memberships = await Promise.all(rows.map((row) => membershipsOf(row, ports)));
    yield memberships.flat();
    after = last.position;
  }
}

async function membershipsOf(row: RoomLogRow, { loader, memory, servers }: CatchUpPorts): Promise<UserRoom[]> {
  if (row.previousRoot === row.currentRoot) return [];
  const loaded = new Loaded();
  for (;;) {
    const view = new RoomView({ ...row, memory, loaded, uncommitted: [] });
    const memberships = attempt(view, row, servers);
    if (view.missing.isEmpty) return memberships;
    await loader.load({ ...row, rules: rulesOf(row.roomVersion) }, view.missing, loaded);
  }
}

function attempt(view: RoomView, row: RoomLogRow, servers: HostedServers): UserRoom[] {
  const diff = diffStates(row.previousRoot, row.currentRoot, view);
  if (diff.outcome === 'missing') {
    for (const nodeNid of diff.nodeIds) view.missing.nodes.add(nodeNid);
    return [];
  }
  const changed = diff.differences.map(({ type, stateKey, after }) => ({ type, stateKey, eventNid: after }));
  return projectMemberships(view, { ...row, changed }, (serverName) => servers.isHosted(serverName));
}
