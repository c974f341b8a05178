import type { HostedServers, RemoteMemberProjection, RoomStateLister } from '@plexus/storage';
import type { FoundRoom } from './followed-rooms.ts';

export interface WalkRoomsPorts {
  readonly states: RoomStateLister;
  readonly projection: Pick<RemoteMemberProjection, 'listRooms'>;
  readonly servers: Pick<HostedServers, 'list'>;
}

const PAGE = 500;

/**
 * Walks through the rooms of a shard, a page at a time, and finds those of which something else is stored than their states say: what a crash
 * left behind, what an earlier release did not store, and at first all that have members of other servers.
 */
export async function* walkRooms(
  shard: number,
  { states, projection, servers }: WalkRoomsPorts,
): AsyncGenerator<readonly FoundRoom[]> {
  const hosted = servers.list().map(({ serverName }) => serverName);
  for (let after = 0; ;) {
    const page = await states.listRooms(shard, { after, limit: PAGE }, hosted);
    const upTo = page.at(-1)?.roomNid;
    if (upTo === undefined) return;
    const stored = await projection.listRooms(shard, { after, upTo });
    const byNumber = new Map(stored.map((room) => [room.roomNid, room]));
    const outdated = page.filter(({ roomNid, currentRoot, hasOthers }) => {
      const room = byNumber.get(roomNid);
      return room === undefined ? hasOthers : room.root !== currentRoot || room.nextRoot !== undefined;
    });
    yield outdated.map(({ currentRoot: root, ...room }) => ({ ...room, shard, root }));
    if (page.length < PAGE) return;
    after = upTo;
  }
}
