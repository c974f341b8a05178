import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '@plexus/matrix-base';
import { decodeStateNode, markReachable } from '@plexus/room-dag';
import type { StateNode } from '@plexus/room-dag';
import type { RoomHousekeeping, RoomRecord } from '@plexus/storage';
import { StorageError } from '@plexus/storage';
import {
  PostgresLogTrimming,
  PostgresRemoteMemberProjection,
  PostgresRoomHousekeeping,
  PostgresRoomSummaryProjection,
  PostgresUserRoomProjection,
} from '@plexus/storage-postgres';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMessage, buildSend, buildState } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import { DEFAULT_HOUSEKEEPING, Housekeeper } from './housekeeper.ts';

describe('Housekeeper', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let housekeeping: RoomHousekeeping;
  const removed = {
    'state-nodes': 0,
    commands: 0,
    rooms: 0,
    imports: 0,
    'given-up-pdus': 0,
    'log-rows': 0,
    highlights: 0,
  };
  const failures: unknown[] = [];
  const counted = new Map<number, ReadonlyMap<number, number>>();
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    housekeeping = new PostgresRoomHousekeeping(test.database);
    removed['state-nodes'] = 0;
    removed.commands = 0;
    removed.rooms = 0;
    failures.length = 0;
    counted.clear();
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  /** `paused` is told of each pause between two pieces of work, which are small. */
  function housekeeperOf(
    { persister, rooms }: PersisterHarness,
    {
      paused = async () => undefined,
      commandAgeMs = DEFAULT_HOUSEKEEPING.commandAgeMs,
    }: { readonly paused?: () => Promise<void>; readonly commandAgeMs?: number } = {},
  ): Housekeeper {
    const clock: Clock = { now: () => Date.now(), delay: paused };
    const ports = {
      housekeeping,
      trimming: new PostgresLogTrimming(test.database),
      rooms,
      projection: new PostgresUserRoomProjection(test.database),
      summaries: new PostgresRoomSummaryProjection(test.database),
      remoteMembers: new PostgresRemoteMemberProjection(test.database),
      shards: persister.shards,
      clock,
      fillIn: async (): Promise<boolean> => false,
      trimInbound: async (): Promise<void> => undefined,
      lookAgain: (shard: number): void => harness.persister.lookAgain(shard),
      giveUpImport: (): void => undefined,
      removed: (what: keyof typeof removed, count: number): void => {
        removed[what] += count;
      },
      extremitiesCounted: (shard: number, rooms: ReadonlyMap<number, number>): void => void counted.set(shard, rooms),
      failed: (_doing: string, error: unknown): void => void failures.push(error),
    };
    return new Housekeeper(ports, { ...DEFAULT_HOUSEKEEPING, commandAgeMs, nodesAtOnce: 10 });
  }

  async function createRoom(): Promise<string> {
    const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
    await harness.store(command);
    return roomId;
  }

  async function setStates(roomId: string, from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += 1) {
      await harness.store(buildSend(roomId, buildState('m.test', `key ${at % 40}`, ALICE, { at })));
    }
  }

  async function roomOf(roomId: string): Promise<RoomRecord> {
    const room = await harness.rooms.findRoom(roomId);
    if (room === undefined) throw new Error('no such room');
    return room;
  }

  /** Removes the older part of a room's history, as a purge would. */
  async function purge({ shard, roomNid, topologicalPosition }: RoomRecord, keep: number): Promise<void> {
    const values = [shard, roomNid, topologicalPosition - keep];
    const old = 'select event_nid from events where shard = $1 and room_nid = $2 and topological_position < $3';
    await test.database.query(`delete from room_log where shard = $1 and event_nid in (${old})`, values);
    await test.database.query(
      'delete from events where shard = $1 and room_nid = $2 and topological_position < $3',
      values,
    );
  }

  async function storedNodes({ shard, roomNid }: RoomRecord): Promise<Map<number, StateNode>> {
    const { rows } = await test.database.query<{ node_nid: number; body: Buffer }>(
      'select node_nid, body from state_nodes where shard = $1 and room_nid = $2',
      [shard, roomNid],
    );
    return new Map(rows.map((row) => [Number(row.node_nid), decodeStateNode(row.body)]));
  }

  /** The numbers of all nodes that a state in use reaches. Throws where one of them is not stored. */
  async function liveNodes(room: RoomRecord): Promise<Set<number>> {
    const { rows } = await test.database.query<{ root: number }>(
      `select unnest(array[state_before, state_after]) as root from events where shard = $1 and room_nid = $2
       union select unnest(array[previous_root, current_root]) from room_log where shard = $1 and room_nid = $2
       union select current_root from rooms where shard = $1 and room_nid = $2`,
      [room.shard, room.roomNid],
    );
    const nodes = await storedNodes(room);
    const marked = new Set<number>();
    const piece = markReachable(
      rows.map(({ root }) => Number(root)),
      { nodes: { find: (nodeNid) => nodes.get(nodeNid) }, marked, limit: 1_000_000 },
    );
    expect(piece).toEqual({ outcome: 'marked', pending: [] });
    return marked;
  }

  async function expectOnlyLiveNodes(roomId: string): Promise<void> {
    const room = await roomOf(roomId);
    expect(new Set((await storedNodes(room)).keys())).toEqual(await liveNodes(room));
  }

  it('counts how many rooms have how many forward extremities, and not in each round', async () => {
    const [forked = ''] = [await createRoom(), await createRoom(), await createRoom()];
    await test.database.query(
      'update rooms set forward_extremities = forward_extremities || forward_extremities where room_id = $1',
      [forked],
    );
    const housekeeper = housekeeperOf(harness);
    await housekeeper.round();
    const rooms = [...counted.values()].flatMap((counts) => [...counts]);
    const having = (extremities: number): number =>
      rooms.reduce((sum, [count, number]) => sum + (count === extremities ? number : 0), 0);
    expect([having(1), having(2)]).toEqual([2, 1]);
    expect([...counted.keys()].toSorted()).toEqual(
      [...harness.persister.shards.all()].map(({ shard }) => shard).toSorted(),
    );
    counted.clear();
    await housekeeper.round();
    expect(counted.size).toBe(0);
    expect(failures).toEqual([]);
  });

  it('removes the nodes of a room’s state that are in no state any more, and no other', async () => {
    const roomId = await createRoom();
    const otherRoom = await createRoom();
    await setStates(roomId, 0, 120);
    await setStates(otherRoom, 0, 20);
    const others = await storedNodes(await roomOf(otherRoom));
    const before = await storedNodes(await roomOf(roomId));
    await housekeeperOf(harness).round();
    expect(await storedNodes(await roomOf(roomId))).toEqual(before);

    await purge(await roomOf(roomId), 10);
    await housekeeperOf(harness).round();
    expect(failures).toEqual([]);
    expect(removed['state-nodes']).toBeGreaterThan(100);
    await expectOnlyLiveNodes(roomId);
    expect(await storedNodes(await roomOf(otherRoom))).toEqual(others);

    removed['state-nodes'] = 0;
    await housekeeperOf(harness).round();
    expect(removed['state-nodes']).toBe(0);
    await setStates(roomId, 0, 5);
    await expectOnlyLiveNodes(roomId);
  });

  it('keeps what is written meanwhile, also upon states that are removed meanwhile', async () => {
    const roomId = await createRoom();
    await setStates(roomId, 0, 60);
    await purge(await roomOf(roomId), 10);
    const written = { count: 0 };
    const paused = async (): Promise<void> => {
      written.count += 1;
      if (written.count > 60) return;
      await setStates(roomId, written.count, written.count + 1);
      if (written.count % 20 === 0) await purge(await roomOf(roomId), 5);
    };
    while (written.count < 60) {
      await housekeeperOf(harness, { paused }).round();
      await liveNodes(await roomOf(roomId));
    }
    await housekeeperOf(harness).round();
    expect(failures).toEqual([]);
    await expectOnlyLiveNodes(roomId);
  });

  it('goes on after a death in the middle', async () => {
    const roomId = await createRoom();
    await setStates(roomId, 0, 80);
    await purge(await roomOf(roomId), 5);
    const { removeNodes } = housekeeping;
    let calls = 0;
    housekeeping.removeNodes = (...work) => {
      calls += 1;
      if (calls > 3) throw new StorageError('gone');
      return removeNodes.apply(housekeeping, work);
    };
    await housekeeperOf(harness).round();
    expect(failures).toHaveLength(1);
    const left = (await storedNodes(await roomOf(roomId))).size;
    expect(left).toBeGreaterThan((await liveNodes(await roomOf(roomId))).size);

    housekeeping = new PostgresRoomHousekeeping(test.database);
    await housekeeperOf(harness).round();
    await expectOnlyLiveNodes(roomId);
  });

  it('removes nothing once another process owns the shard, which then does', async () => {
    const roomId = await createRoom();
    await setStates(roomId, 0, 80);
    const room = await roomOf(roomId);
    await purge(room, 5);
    let successor: PersisterHarness | undefined;
    let nodesThen: Map<number, StateNode> | undefined;
    const { removeNodes } = housekeeping;
    housekeeping.removeNodes = async (...work) => {
      successor ??= await startPersister(test, { address: 'there' });
      nodesThen ??= await storedNodes(room);
      return removeNodes.apply(housekeeping, work);
    };
    await housekeeperOf(harness).round();
    expect(successor).toBeDefined();
    expect(await storedNodes(room)).toEqual(nodesThen);

    housekeeping = new PostgresRoomHousekeeping(test.database);
    if (successor !== undefined) await housekeeperOf(successor).round();
    await expectOnlyLiveNodes(roomId);
    await successor?.stop();
  });

  it('forgets commands after their time, and not before', async () => {
    const roomId = await createRoom();
    const old = buildMessage(roomId, ALICE, 'old', 'old command');
    const young = buildMessage(roomId, ALICE, 'young', 'young command');
    await harness.store(old);
    const [eventId] = await harness.store(young);
    await test.database.query(
      "update room_commands set executed_at = now() - interval '49 hours' where command_id = 'old command'",
    );
    await housekeeperOf(harness).round();
    expect(removed.commands).toBe(1);
    await harness.stop();
    harness = await startPersister(test);
    expect(await harness.store(young)).toEqual([eventId]);
    const { rows } = await test.database.query('select from room_commands where command_id = $1', ['old command']);
    expect(rows).toEqual([]);
  });
});
