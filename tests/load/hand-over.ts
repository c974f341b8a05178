import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { roomShardOf } from '@plexus/storage';
import type { Deployment, ServiceProcess } from '../../scripts/cluster/deployment.ts';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { query } from '../recovery/support/owners.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { Lanes } from './lanes.ts';
import { median } from './statistics.ts';

/**
 * How long a shard is without an owner that writes: `node --conditions=plexus-source tests/load/hand-over.ts --rounds 10`.
 *
 * Three persisters own 16 shards; a lane of messages runs in a room of each shard, the next one as soon as the one before is answered. One
 * persister is drained (SIGTERM) or killed (SIGKILL), and comes back. A hand-over took as long as the longest send that was under way in a
 * shard that it owned. Every send must be answered with success, and every acknowledged message must be there in the end, once.
 *
 * `--rooms 20000` puts so many other rooms into each shard before, half of them with members of another server.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, rooms: { type: 'string', default: '0' } },
});
const rounds = Number(values.rounds);
const otherRooms = Number(values.rooms);
const ROOM_SHARDS = 16;
const SETTLE_MS = 1_500;
/** Of each process, where something fails. */
const SHOWN_LOG = 3_000;

/** Rooms that nobody speaks in: their state is the empty one, of which what is stored of members is. */
const OTHER_ROOMS = [
  `insert into rooms (shard, room_nid, room_id, room_version, current_root, forward_extremities, depth, topological_position)
   select shard, 1000000 + n, '!other-' || shard || '-' || n, '10', 0, '{}', 1, 1 from room_shards, generate_series(1, $1::int) n`,
  `insert into room_servers (shard, room_nid, server_name, joined_count)
   select shard, 1000000 + n, 'other.example', 1 from room_shards, generate_series(1, $1::int, 2) n`,
  `insert into remote_member_rooms (shard, room_nid, room_id, root, epoch)
   select shard, 1000000 + n, '!other-' || shard || '-' || n, 0, 0 from room_shards, generate_series(1, $1::int, 2) n`,
];

const deployment = await launchCluster({
  services: ['event-persister', 'client-api'],
  replicas: 3,
  roomShards: ROOM_SHARDS,
  isLasting: true,
});
try {
  await measure(deployment);
} catch (error) {
  // Told before anything is put away: what fails then would hide it.
  console.error(error);
  for (const { name, log } of deployment.services) console.error(`--- ${name}\n${log().slice(-SHOWN_LOG)}`);
  process.exitCode = 1;
} finally {
  await deployment.dispose();
}

async function measure(running: Deployment): Promise<void> {
  const http = new MatrixHttp(running);
  const client = await http.register('talker');
  const rooms = await roomOfEachShard(client);
  await evenlyOwned(running);
  for (const text of OTHER_ROOMS) await query(running, text, [otherRooms]);
  const lanes = new Lanes(client, rooms);
  for (const way of ['drained', 'killed'] as const) {
    const longest: number[] = [];
    const usual: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const one = running.processesOf('event-persister')[round % 3];
      if (one === undefined) throw new Error('there are three persisters');
      const { handOverMs, medianMs } = await handOver(running, one, { way, lanes });
      console.log(`  ${one.name} ${way}: ${Math.round(handOverMs)} ms`);
      longest.push(handOverMs);
      usual.push(medianMs);
    }
    const [middle, most] = [median(longest), Math.max(...longest)].map(Math.round);
    console.log(
      `${way}, ${rounds} times: median ${middle} ms, longest ${most} ms (a send ${Math.round(median(usual))} ms)`,
    );
  }
  await lanes.stop();
  console.log(await compare(client, rooms, lanes.acknowledged));
  http.close();
}

interface Round {
  readonly way: 'drained' | 'killed';
  readonly lanes: Lanes;
}

/** Ends one owner, waits until all of its shards are written again, and lets it come back. */
async function handOver(running: Deployment, one: ServiceProcess, { way, lanes }: Round) {
  await delay(SETTLE_MS);
  const owners = await ownersOf(running);
  const moved = [...owners].filter(([, address]) => address === one.rpcAddress).map(([shard]) => shard);
  if (moved.length === 0) throw new Error(`${one.name} owns no shard`);
  const began = performance.now();
  const ending = way === 'drained' ? one.stop() : one.kill();
  await waitUntil('other owners', 60_000, async () => {
    const now = await ownersOf(running);
    return moved.every((shard) => now.has(shard) && now.get(shard) !== one.rpcAddress);
  });
  const settled = performance.now();
  await ending;
  await waitUntil('an answer from each shard', 60_000, () =>
    moved.every((shard) => lanes.answeredSince(shard, settled)),
  );
  const ofMoved = lanes.sent.filter(({ shard, endedAt }) => moved.includes(shard) && endedAt >= began);
  const before = lanes.sent.filter(({ endedAt }) => endedAt < began && endedAt > began - SETTLE_MS);
  await one.start();
  await evenlyOwned(running);
  return {
    handOverMs: Math.max(...ofMoved.map(({ milliseconds }) => milliseconds)),
    medianMs: median(before.map(({ milliseconds }) => milliseconds)),
  };
}

async function roomOfEachShard(client: MatrixClient): Promise<Map<number, string>> {
  const rooms = new Map<number, string>();
  while (rooms.size < ROOM_SHARDS) {
    const roomId = await client.createRoom();
    rooms.set(roomShardOf(roomId, ROOM_SHARDS), roomId);
  }
  return rooms;
}

async function ownersOf(running: Deployment): Promise<Map<number, string>> {
  const text = 'select shard, owner_address from room_shards where owner_address is not null';
  const rows = await query<{ shard: number; owner_address: string }>(running, text);
  return new Map(rows.map((row) => [row.shard, row.owner_address]));
}

async function evenlyOwned(running: Deployment): Promise<void> {
  await waitUntil('shards of all persisters', 60_000, async () => {
    const owners = [...(await ownersOf(running)).values()];
    const counts = running
      .processesOf('event-persister')
      .map(({ rpcAddress }) => owners.filter((one) => one === rpcAddress));
    return owners.length === ROOM_SHARDS && counts.every(({ length }) => length >= Math.floor(ROOM_SHARDS / 3));
  });
}

async function compare(client: MatrixClient, rooms: ReadonlyMap<number, string>, acknowledged: readonly string[]) {
  const found: string[] = [];
  for (const roomId of rooms.values()) {
    for (let from: unknown, isMore = true; isMore;) {
      const query = new URLSearchParams({ dir: 'b', limit: '500', ...(typeof from === 'string' && { from }) });
      const page = await client.ask('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?${query}`);
      const events = page['chunk'] as { type: string; event_id: string }[];
      found.push(...events.filter(({ type }) => type === 'm.room.message').map((event) => event.event_id));
      from = page['end'];
      isMore = from !== undefined;
    }
  }
  const there = new Set(found);
  const lost = acknowledged.filter((eventId) => !there.has(eventId)).length;
  return `${acknowledged.length} messages acknowledged, ${lost} lost, ${found.length - there.size} twice, ${there.size - acknowledged.length} more`;
}
