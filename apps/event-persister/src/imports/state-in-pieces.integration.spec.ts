import type { PieceEvent } from '@plexus/rpc';
import type { RoomRecord } from '@plexus/storage';
import { roomShardOf } from '@plexus/storage';
import { PostgresStagedEvents } from '@plexus/storage-postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { buildImportRoom, buildTakeStatePiece, nextCommandId, ROOM_SHARDS } from '../../test-support/commands.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { pieceOf, RemoteRoom, stage } from '../../test-support/remote-room.ts';
import type { MadeEvent } from '../../test-support/remote-room.ts';
import { readState } from '../../test-support/remote-server.ts';

const RHEA = '@rhea:remote.example';
const MALLORY = '@mallory:remote.example';
const MEMBERS = 50;

describe('a state that comes in pieces', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let room: RemoteRoom;
  /** The join of somebody who was banned then. */
  let cited: MadeEvent;
  let state: MadeEvent[];
  let join: MadeEvent;
  let importId: string;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    room = new RemoteRoom({ creator: RHEA });
    for (let at = 0; at < MEMBERS; at += 1) room.member(`@user${at}:other.example`, 'join');
    cited = room.member(MALLORY, 'join');
    room.add({ type: 'm.room.member', sender: RHEA, stateKey: MALLORY, content: { membership: 'ban' } });
    state = room.state();
    const key = harness.servers.findSigningKey('one.example');
    if (key === undefined) throw new Error('one.example is not hosted');
    join = room.member(ALICE, 'join', { serverName: 'one.example', key });
    importId = nextCommandId();
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  /** The room is here, and lacks all members but its creator. */
  async function joinPartially(): Promise<void> {
    const shard = roomShardOf(room.roomId, ROOM_SHARDS);
    const needed = state.filter(({ event }) => event.type !== 'm.room.member' || event.stateKey === RHEA);
    const parts = stage([
      ['state', needed],
      ['timeline', [join]],
    ]);
    await new PostgresStagedEvents(test.database).stageEvents({ shard, importId: 'partial' }, parts);
    const asked = { importId: 'partial', roomVersion: room.version, partial: true, serversInRoom: ['remote.example'] };
    await harness.store(buildImportRoom(room.roomId, asked));
  }

  function give(eventsBefore: number, events: readonly PieceEvent[], other = importId) {
    const wish = { importId: other, roomVersion: room.version, eventsBefore, events };
    return harness.execute(buildTakeStatePiece(room.roomId, wish));
  }

  /** The state, with what is cited besides. */
  function allEvents(): PieceEvent[] {
    return [...pieceOf(state.slice(0, 10)), ...pieceOf([cited], false), ...pieceOf(state.slice(10))];
  }

  /** In three pieces. */
  async function giveAll(): Promise<number> {
    const events = allEvents();
    for (const [from, to] of [
      [0, 20],
      [20, 40],
      [40, events.length],
    ] as const)
      expect(await give(from, events.slice(from, to))).toMatchObject({ $case: 'stored', value: { eventIds: [] } });
    return events.length;
  }

  function complete(eventsInPieces: number) {
    const [joinEvent] = pieceOf([join], false);
    const asked = { importId, roomVersion: room.version, eventsInPieces, ...(joinEvent && { joinEvent }) };
    return harness.execute(buildImportRoom(room.roomId, asked));
  }

  async function roomOf(): Promise<RoomRecord> {
    const stored = await harness.rooms.findRoom(room.roomId);
    if (stored === undefined) throw new Error('no such room');
    return stored;
  }

  async function expectComplete(): Promise<void> {
    const stored = await roomOf();
    expect(stored).toMatchObject({ partialJoin: undefined, joinedCount: MEMBERS + 2 });
    const keys = room.state().map(({ event }) => ({ type: event.type, stateKey: event.stateKey ?? '' }));
    const events = await readState(harness.rooms, stored, { root: stored.currentRoot, keys });
    expect(events.map((event) => event?.eventId)).toEqual(room.state().map(({ event }) => event.eventId));
  }

  it('is stored as it comes, seen by nobody, and the room has it when the import comes', async () => {
    await joinPartially();
    const before = await roomOf();
    const count = await giveAll();
    const ids = state.map(({ event }) => event.eventId);
    expect((await harness.rooms.findEventsById(before.shard, before.roomNid, ids)).size).toBe(ids.length);
    expect(await roomOf()).toEqual(before);
    expect(await complete(count)).toMatchObject({ $case: 'stored', value: { eventIds: [join.event.eventId] } });
    await expectComplete();
  });

  it('may have pieces under way side by side, and one of them twice', async () => {
    await joinPartially();
    const events = allEvents();
    await give(0, events.slice(0, 10));
    const replies = await Promise.all([
      give(10, events.slice(10, 30)),
      give(30, events.slice(30)),
      give(10, events.slice(10, 30)),
    ]);
    expect(replies.map(({ $case }) => $case)).toEqual(['stored', 'stored', 'stored']);
    expect(await complete(events.length)).toMatchObject({ $case: 'stored' });
    await expectComplete();
  });

  it('may begin with what cites the rest', async () => {
    await joinPartially();
    const events = allEvents().toReversed();
    await give(0, events.slice(0, 20));
    await give(20, events.slice(20));
    expect(await complete(events.length)).toMatchObject({ $case: 'stored' });
    await expectComplete();
  });

  it('leaves out what cites events that nobody has', async () => {
    await joinPartially();
    const stranger = room.member('@stranger:other.example', 'join');
    const content = { topic: 'mine' };
    const lost = room.build({ type: 'm.room.topic', sender: '@stranger:other.example', stateKey: '', content });
    expect(lost.event.authEvents).toContain(stranger.event.eventId);
    const events = [...allEvents(), ...pieceOf([lost])];
    await give(0, events);
    expect(await complete(events.length)).toMatchObject({ $case: 'stored' });
    const { shard, roomNid, joinedCount } = await roomOf();
    expect(joinedCount).toBe(MEMBERS + 2);
    const found = await harness.rooms.findEventsById(shard, roomNid, [join.event.eventId, lost.event.eventId]);
    expect([...found.keys()]).toEqual([join.event.eventId]);
  });

  const FORGOTTEN = { $case: 'refused', value: { httpStatus: 503, rule: 'import.forgotten' } };

  it('is forgotten with a restart of its owner, and comes again whole', async () => {
    await joinPartially();
    const count = await giveAll();
    await harness.stop();
    harness = await startPersister(test);
    expect(await complete(count)).toMatchObject(FORGOTTEN);
    expect(await give(20, pieceOf(state.slice(20)))).toMatchObject(FORGOTTEN);
    expect(await roomOf()).toMatchObject({ partialJoin: expect.any(Number) });
    await giveAll();
    expect(await complete(count)).toMatchObject({ $case: 'stored' });
    await expectComplete();
  });

  it('counts for nothing where a piece of it did not come', async () => {
    await joinPartially();
    await give(0, pieceOf(state.slice(0, 10)));
    await give(20, pieceOf(state.slice(20)));
    expect(await complete(state.length)).toMatchObject(FORGOTTEN);
    expect(await give(5, pieceOf(state.slice(5)), nextCommandId())).toMatchObject(FORGOTTEN);
  });

  it('is forgotten once the room has it', async () => {
    await joinPartially();
    const count = await giveAll();
    expect(await complete(count)).toMatchObject({ $case: 'stored' });
    expect(await complete(count)).toMatchObject(FORGOTTEN);
  });

  it('is refused for a room that is not here, or of another version', async () => {
    expect(await give(0, pieceOf(state))).toMatchObject({ $case: 'refused', value: { rule: 'room.unknown' } });
    await joinPartially();
    const wish = { importId, roomVersion: '10', events: pieceOf(state) };
    const reply = await harness.execute(buildTakeStatePiece(room.roomId, wish));
    expect(reply).toMatchObject({ $case: 'refused', value: { errcode: 'M_INCOMPATIBLE_ROOM_VERSION' } });
  });
});
