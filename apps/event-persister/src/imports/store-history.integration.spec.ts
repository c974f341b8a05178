import { StateReader } from '@plexus/room-view';
import { FakeCache } from '@plexus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventSigner } from '@plexus/room-dag';
import type { RoomRecord, StoredEvent } from '@plexus/storage';
import { roomShardOf } from '@plexus/storage';
import { PostgresRoomGaps, PostgresStagedEvents } from '@plexus/storage-postgres';
import type { FederationPduRecord } from '@plexus/topics';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildImportRoom,
  buildMessage,
  buildStoreHistory,
  nextCommandId,
  ROOM_SHARDS,
} from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import type { MadeEvent } from '../../test-support/remote-room.ts';
import { RemoteRoom, stage } from '../../test-support/remote-room.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';

const RHEA = '@rhea:remote.example';

describe('history of other servers', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let room: RemoteRoom;
  /** The state before each event of the room, by its place. */
  let statesBefore: MadeEvent[][];
  let joined: string;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    room = new RemoteRoom({ creator: RHEA });
    statesBefore = [];
    for (let at = 0; at < 10; at += 1) {
      statesBefore[room.events.length] = room.state();
      room.say(RHEA, `message ${at}`);
      statesBefore[room.events.length] = room.state();
      room.add({ type: 'm.room.topic', sender: RHEA, stateKey: '', content: { topic: `topic ${at}` } });
    }
    const state = room.state();
    const superseded = room.events.filter((made) => made.event.stateKey !== undefined && !state.includes(made));
    const join = room.member(ALICE, 'join', hosted('one.example'));
    const importId = await stageParts([superseded, state, [join]]);
    await harness.store(buildImportRoom(room.roomId, { importId, roomVersion: room.version }));
    joined = join.event.eventId;
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  function hosted(serverName: string): EventSigner {
    const key = harness.servers.findSigningKey(serverName);
    if (key === undefined) throw new Error(`${serverName} is not hosted`);
    return { serverName, key };
  }

  async function stageParts([
    auth = [],
    state = [],
    timeline = [],
    removed = [],
  ]: readonly (readonly MadeEvent[])[]): Promise<string> {
    const importId = nextCommandId();
    const events = stage([
      ['auth', auth],
      ['state', state],
      ['timeline', timeline],
      ['removed', removed],
    ]);
    const place = { shard: roomShardOf(room.roomId, ROOM_SHARDS), importId };
    await new PostgresStagedEvents(test.database).stageEvents(place, events);
    return importId;
  }

  /** Stores the events from one place to another, with the state before the first. */
  async function storeHistory(from: number, to: number, afterGap = false): Promise<string[]> {
    const importId = await stageParts([[], statesBefore[from] ?? [], room.events.slice(from, to)]);
    return harness.store(buildStoreHistory(room.roomId, { importId, roomVersion: room.version, afterGap }));
  }

  function recordOf({ event, bytes }: MadeEvent): FederationPduRecord {
    return {
      roomId: room.roomId,
      roomVersion: room.version,
      eventId: event.eventId,
      origin: 'remote.example',
      destination: 'one.example',
      json: bytes,
      contentHashMismatch: false,
      receivedAt: 0,
    };
  }

  async function roomOf(): Promise<RoomRecord> {
    const stored = await harness.rooms.findRoom(room.roomId);
    if (stored === undefined) throw new Error('no such room');
    return stored;
  }

  async function timeline(): Promise<StoredEvent[]> {
    const { shard, roomNid } = await roomOf();
    return harness.rooms.pageTimeline({ shard, roomNid, direction: 'forwards', limit: 100 });
  }

  async function missing(): Promise<string[]> {
    const { shard, roomNid } = await roomOf();
    const query = { shard, roomNid, upTo: undefined, limit: 10 };
    const found = await new PostgresRoomGaps(test.database).listBackwardExtremities(query);
    return found.map(({ missingEventId }) => missingEventId);
  }

  it('goes below what is stored, page by page down to the beginning, and moves nothing', async () => {
    const before = await roomOf();
    const { length } = room.events;
    const [said = ''] = await harness.store(buildMessage(room.roomId, ALICE, 'later'));
    const firstPage = await timeline();
    expect(await storeHistory(length - 9, length - 1)).toEqual(idsOf(room.events.slice(length - 9, length - 1)));
    expect((await timeline()).slice(-2)).toEqual(firstPage);
    expect(await missing()).toEqual(idsOf(room.events.slice(length - 10, length - 9)));
    statesBefore[0] = [];
    await storeHistory(0, length - 9);
    expect((await timeline()).map(({ eventId }) => eventId)).toEqual([...idsOf(room.events), said]);
    expect(await missing()).toEqual([]);
    expect((await timeline()).slice(0, -2).every(({ streamPosition }) => streamPosition === undefined)).toBe(true);
    const after = await roomOf();
    expect(after).toMatchObject({ currentRoot: before.currentRoot, joinedCount: 2 });
  });

  it('has the state before each event, and stores nothing twice', async () => {
    const { length } = room.events;
    await storeHistory(length - 5, length - 1);
    const stored = await timeline();
    await storeHistory(length - 5, length - 1);
    expect(await timeline()).toEqual(stored);
    const states = stored.map(({ stateBefore, stateAfter }) => [stateBefore, stateAfter]);
    expect(states.length).toBeGreaterThan(4);
    for (const [at, [, after]] of states.slice(0, -2).entries()) expect(states[at + 1]?.[0]).toBe(after);
  });

  it('makes a state of what differs from the one before a stored event', async () => {
    const { length } = room.events;
    const [from, to] = [length - 5, length - 1];
    const theirs = statesBefore[from] ?? [];
    const ours = room.state().filter(({ event }) => event.stateKey !== ALICE);
    const added = theirs.filter((made) => !ours.includes(made));
    const removed = ours.filter((made) => !theirs.includes(made));
    expect([added.length, removed.length]).toEqual([1, 1]);
    const importId = await stageParts([[], added, room.events.slice(from, to), removed]);
    const { version: roomVersion } = room;
    await harness.store(buildStoreHistory(room.roomId, { importId, roomVersion, baseEventId: joined }));
    const [oldest] = await timeline();
    expect(oldest?.eventId).toBe(room.events[from]?.event.eventId);
    const { shard, roomNid } = await roomOf();
    const reader = new StateReader(harness.rooms, new FakeCache());
    const entries = await reader.list({ shard, roomNid, roomVersion }, oldest?.stateBefore ?? 0, 'all');
    const events = await harness.rooms.findEvents(shard, entries?.map(({ eventNid }) => eventNid) ?? []);
    const listed = [...events.values()].map(({ eventId }) => eventId);
    expect(listed.toSorted()).toEqual(idsOf(theirs).toSorted());
  });

  it('is refused where the state that it differs from is not here', async () => {
    const importId = await stageParts([[], [], room.events.slice(-3, -1)]);
    const value = { importId, roomVersion: room.version, baseEventId: '$nothing' };
    expect(await harness.execute(buildStoreHistory(room.roomId, value))).toMatchObject({ $case: 'refused' });
  });

  it('does not take what nothing that is stored follows', async () => {
    const alone = room.build({ type: 'm.room.message', sender: RHEA, content: { body: 'alone' } });
    const importId = await stageParts([[], room.state(), [alone]]);
    expect(await harness.store(buildStoreHistory(room.roomId, { importId, roomVersion: room.version }))).toEqual([]);
    expect((await timeline()).map(({ eventId }) => eventId)).toEqual([joined]);
  });

  it('rejects what the state before does not allow', async () => {
    const { length } = room.events;
    const before = statesBefore[length - 2]?.filter(({ event }) => event.type !== 'm.room.power_levels') ?? [];
    const closed = before.filter(({ event }) => event.stateKey !== RHEA);
    const importId = await stageParts([[], closed, room.events.slice(length - 2, length - 1)]);
    await harness.store(buildStoreHistory(room.roomId, { importId, roomVersion: room.version }));
    expect((await timeline()).map(({ eventId }) => eventId)).toEqual([joined]);
  });

  it('goes on after a gap with the state that was received, and leaves the gap to be fetched', async () => {
    const [said = ''] = await harness.store(buildMessage(room.roomId, ALICE, 'before the gap'));
    for (let at = 0; at < 5; at += 1) room.say(RHEA, `lost ${at}`);
    room.add({ type: 'm.room.name', sender: RHEA, stateKey: '', content: { name: 'Changed in the gap' } });
    const lost = room.last.event.eventId;
    const state = room.state();
    const found = room.say(RHEA, 'after the gap');
    const importId = await stageParts([[], state, [found]]);
    const command = buildStoreHistory(room.roomId, { importId, roomVersion: room.version, afterGap: true });
    expect(await harness.store(command)).toEqual([found.event.eventId]);
    const stored = await timeline();
    expect(stored.map(({ eventId }) => eventId)).toEqual([joined, said, found.event.eventId]);
    expect(stored.at(-1)?.streamPosition).toBeDefined();
    expect(await missing()).toContain(lost);
    expect((await roomOf()).forwardExtremities).toHaveLength(2);
    const [answer = ''] = await harness.store(buildMessage(room.roomId, ALICE, 'together again'));
    const events = await harness.rooms.findEventsById((await roomOf()).shard, (await roomOf()).roomNid, [answer]);
    expect(JSON.parse(events.get(answer)?.json.toString() ?? '').prev_events).toHaveLength(2);
  });

  it.each(['unknown before', 'known without a place before'])(
    'has what comes later and is followed already as no extremity: %s',
    async (when) => {
      const lost = room.add({ type: 'm.room.name', sender: RHEA, stateKey: '', content: { name: 'Lost' } });
      const state = room.state();
      const found = room.say(RHEA, 'after the gap');
      const known = when === 'known without a place before' ? state : state.filter((made) => made !== lost);
      const importId = await stageParts([[], known, [found]]);
      const command = buildStoreHistory(room.roomId, { importId, roomVersion: room.version, afterGap: true });
      await harness.store(command);
      await new RemoteServer(harness).deliver([recordOf(lost)]);
      expect(harness.observer.receipts.at(-1)?.received).toMatchObject({ outcome: 'stored', status: 'accepted' });
      const { shard, forwardExtremities } = await roomOf();
      const ends = await harness.rooms.findEvents(shard, forwardExtremities);
      expect([...ends.values()].map(({ eventId }) => eventId)).toEqual(idsOf([found]));
      expect(await missing()).not.toContain(lost.event.eventId);
    },
  );

  it('is refused for a room that is not here', async () => {
    const importId = await stageParts([]);
    const command = buildStoreHistory('!nowhere:remote.example', { importId, roomVersion: '11' });
    expect(await harness.execute(command)).toMatchObject({ $case: 'refused', value: { httpStatus: 404 } });
  });
});

function idsOf(events: readonly MadeEvent[]): string[] {
  return events.map(({ event }) => event.eventId);
}
