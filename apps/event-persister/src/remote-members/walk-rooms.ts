import type { Clock } from '@plexus/matrix-base';
import type { HostedServers, RemoteMemberProjection, RoomStateLister, RoomWithState } from '@plexus/storage';
import type { FoundRoom } from './followed-rooms.ts';

export interface WalkRoomsPorts {
  readonly states: RoomStateLister;
  readonly projection: Pick<RemoteMemberProjection, 'listRooms' | 'findProgress'>;
  readonly servers: Pick<HostedServers, 'list'>;
  readonly clock: Clock;
  /** Awaited after each page. */
  pause(ms: number): Promise<void>;
}

/** A shard, and the generation in which its owner took it. */
export interface WalkedShard {
  readonly shard: number;
  readonly generation: number;
}

const PAGE = 500;
/** Where more rows of the log have come since, all rooms are walked through. */
const MOST_ROWS = 20_000;
/** For each millisecond of looking: a shard may have very many rooms, and its owner serves commands meanwhile. */
const REST = 4;

/**
 * Finds the rooms of a shard of which something else is stored than their states say, a page at a time: what a crash left behind, and what an earlier
 * release did not store. Where it is known up to where all was stored, only rooms with newer rows of the log are looked at; otherwise, and in a new
 * generation, all rooms.
 */
export async function* walkRooms(walked: WalkedShard, ports: WalkRoomsPorts): AsyncGenerator<readonly FoundRoom[]> {
  const { shard } = walked;
  const hosted = ports.servers.list().map(({ serverName }) => serverName);
  const changed = await findChanged(walked, hosted, ports);
  for (let at = 0; at < (changed?.length ?? 0); at += PAGE) {
    yield await findOutdated(shard, changed?.slice(at, at + PAGE) ?? [], ports);
  }
  for (let after = changed === undefined ? 0 : undefined; after !== undefined;) {
    const began = ports.clock.now();
    const page = await ports.states.listRooms(shard, { after, limit: PAGE }, hosted);
    yield await findOutdated(shard, page, ports);
    after = page.length < PAGE ? undefined : page.at(-1)?.roomNid;
    if (after !== undefined) await ports.pause(REST * (ports.clock.now() - began));
  }
}

async function findChanged(
  { shard, generation }: WalkedShard,
  hosted: readonly string[],
  { states, projection }: WalkRoomsPorts,
): Promise<RoomWithState[] | undefined> {
  const progress = await projection.findProgress(shard);
  if (progress?.generation !== generation) return undefined;
  return states.listChangedRooms(shard, { after: progress.position, limit: MOST_ROWS }, hosted);
}

async function findOutdated(
  shard: number,
  page: readonly RoomWithState[],
  { projection }: WalkRoomsPorts,
): Promise<FoundRoom[]> {
  const stored = await projection.listRooms(
    shard,
    page.map(({ roomNid }) => roomNid),
  );
  const byNumber = new Map(stored.map((room) => [room.roomNid, room]));
  const outdated = page.filter(({ roomNid, currentRoot, hasOthers }) => {
    const room = byNumber.get(roomNid);
    return room === undefined ? hasOthers : room.root !== currentRoot || room.nextRoot !== undefined;
  });
  return outdated.map(({ currentRoot: root, ...room }) => ({ ...room, shard, root }));
}
