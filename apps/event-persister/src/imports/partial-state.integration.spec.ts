import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RoomRecord, StoredEvent } from '@plexus/storage';
import { roomShardOf } from '@plexus/storage';
import { rowFromRecord, rowsFromStorage } from '@plexus/room-log';
import { PostgresStagedEvents } from '@plexus/storage-postgres';
import { RoomLogKind } from '@plexus/topics';
import type { FederationPduRecord } from '@plexus/topics';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildImportRoom,
  buildMembership,
  buildMessage,
  buildStoreHistory,
  nextCommandId,
  ROOM_SHARDS,
} from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, CAROL, startPersister } from '../../test-support/persister-harness.ts';
import type { MadeEvent } from '../../test-support/remote-room.ts';
import { RemoteRoom, stage } from '../../test-support/remote-room.ts';
import { readState, RemoteServer } from '../../test-support/remote-server.ts';

const RHEA = '@rhea:remote.example';
const RICK = '@rick:remote.example';
const MALLORY = '@mallory:remote.example';
const MEMBERS = 60;

const isHosted = (userId: string): boolean => userId.endsWith(':one.example');

describe('rooms that are joined with members omitted', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let remote: RemoteServer;
  let room: RemoteRoom;
  let completeState: MadeEvent[];
  let join: MadeEvent;
  /** Memberships that their users cite. */
  let rick: MadeEvent;
  let mallory: MadeEvent;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    remote = new RemoteServer(harness);
    room = new RemoteRoom({ creator: RHEA });
    for (let at = 0; at < MEMBERS; at += 1) room.member(`@user${at}:other${at % 2}.example`, 'join');
    rick = room.member(RICK, 'join');
    mallory = room.member(MALLORY, 'join');
    room.add({ type: 'm.room.member', sender: RHEA, stateKey: MALLORY, content: { membership: 'ban' } });
    completeState = room.state();
    const key = harness.servers.findSigningKey('one.example');
    if (key === undefined) throw new Error('no key');
    join = room.member(ALICE, 'join', { serverName: 'one.example', key });
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  async function importRoom(state: readonly MadeEvent[], auth: readonly MadeEvent[], partial: boolean): Promise<void> {
    const importId = nextCommandId();
    const events = stage([
      ['auth', auth],
      ['state', state],
      ['timeline', [join]],
    ]);
    await stageEvents(importId, events);
    const serversInRoom = partial ? ['remote.example', 'other0.example', 'other1.example'] : [];
    await harness.store(buildImportRoom(room.roomId, { importId, roomVersion: room.version, partial, serversInRoom }));
  }

  async function stageEvents(importId: string, events: ReturnType<typeof stage>): Promise<void> {
    const shard = roomShardOf(room.roomId, ROOM_SHARDS);
    await new PostgresStagedEvents(test.database).stageEvents({ shard, importId }, events);
  }

  function joinPartially(): Promise<void> {
    const needed = completeState.filter(({ event }) => event.type !== 'm.room.member' || event.stateKey === RHEA);
    return importRoom(needed, [], true);
  }

  function complete(): Promise<void> {
    return importRoom(completeState, [mallory], false);
  }

  /** Events that others cite come before them. */
  async function give(cited: readonly MadeEvent[]): Promise<void> {
    const importId = nextCommandId();
    await stageEvents(importId, stage([['auth', cited]]));
    await harness.store(buildStoreHistory(room.roomId, { importId, roomVersion: room.version }));
  }

  async function roomOf(): Promise<RoomRecord> {
    const stored = await harness.rooms.findRoom(room.roomId);
    if (stored === undefined) throw new Error('no such room');
    return stored;
  }

  async function eventOf({ event }: MadeEvent): Promise<StoredEvent | undefined> {
    const { shard, roomNid } = await roomOf();
    return (await harness.rooms.findEventsById(shard, roomNid, [event.eventId])).get(event.eventId);
  }

  async function inState(userIds: readonly string[]): Promise<(string | undefined)[]> {
    const stored = await roomOf();
    const keys = userIds.map((stateKey) => ({ type: 'm.room.member', stateKey }));
    const events = await readState(harness.rooms, stored, { root: stored.currentRoot, keys });
    return events.map((event) => JSON.parse(event?.json.toString() ?? '{"content":{}}').content.membership);
  }

  it('can be used at once, and know which servers are there', async () => {
    await joinPartially();
    await harness.store(buildMessage(room.roomId, ALICE, 'hello'));
    const { shard, roomNid, partialJoin } = await roomOf();
    expect(partialJoin).toBe((await eventOf(join))?.eventNid);
    expect(await harness.rooms.readResidentServers(shard, roomNid)).toEqual(
      new Map([
        ['one.example', 1],
        ['other0.example', 1],
        ['other1.example', 1],
        ['remote.example', 1],
      ]),
    );
    const other = await harness.execute(buildMembership(room.roomId, { sender: CAROL, membership: 'join' }));
    expect(other).toMatchObject({ $case: 'refused', value: { httpStatus: 404, rule: 'member.no_resident_server' } });
  });

  it('take what members say whom the state lacks, and judge it again when it is complete', async () => {
    await joinPartially();
    await give([rick, mallory]);
    const said = room.say(RICK, 'I am here');
    const banned = remote.buildAlone(room.roomId, {
      type: 'm.room.topic',
      sender: MALLORY,
      stateKey: '',
      content: { topic: 'mine' },
      prevEvents: [said.event.eventId],
      authEvents: [authOf('m.room.create'), authOf('m.room.power_levels'), mallory.event.eventId],
      depth: 100,
    });
    const lowered = remote.buildAlone(room.roomId, {
      type: 'm.room.message',
      sender: MALLORY,
      content: { body: 'still here', msgtype: 'm.text' },
      prevEvents: [said.event.eventId],
      authEvents: [authOf('m.room.create'), authOf('m.room.power_levels'), mallory.event.eventId],
      depth: 100,
    });
    await remote.deliver([recordOf(said), banned, lowered]);
    expect(harness.observer.receipts.map(({ received }) => 'status' in received && received.status)).toEqual([
      'accepted',
      'rejected',
      'accepted',
    ]);
    const [mine = ''] = await harness.store(buildMessage(room.roomId, ALICE, 'welcome'));
    const before = await roomOf();

    await complete();
    const after = await roomOf();
    expect(after).toMatchObject({ partialJoin: undefined, joinedCount: MEMBERS + 3, roomNid: before.roomNid });
    expect(after.currentRoot).not.toBe(before.currentRoot);
    expect(await inState([RICK, MALLORY, ALICE, '@user7:other1.example'])).toEqual(['join', 'ban', 'join', 'join']);
    const { shard, roomNid } = after;
    expect(await harness.rooms.readResidentServers(shard, roomNid)).toEqual(
      new Map([
        ['one.example', 1],
        ['other0.example', MEMBERS / 2],
        ['other1.example', MEMBERS / 2],
        ['remote.example', 2],
      ]),
    );
    const timeline = await harness.rooms.pageTimeline({ shard, roomNid, direction: 'forwards', limit: 10 });
    expect(timeline.map(({ eventId }) => eventId)).toEqual([join.event.eventId, said.event.eventId, mine]);
    await harness.persister.publisher.flushed(shard);
    expect(harness.topic.records.at(-1)).toMatchObject({
      kind: RoomLogKind.ROOM_LOG_KIND_STATE_CORRECTION,
      previousRoot: before.currentRoot,
      currentRoot: after.currentRoot,
    });
  });

  it.each([
    ['that are in memory', async () => undefined],
    [
      'that have to be read',
      async () => {
        await harness.stop();
        harness = await startPersister(test);
      },
    ],
  ])('tell followers of the log which members are known now, of states %s', async (_what, forget) => {
    await joinPartially();
    await harness.store(buildMessage(room.roomId, ALICE, 'hello'));
    const { shard } = await roomOf();
    await harness.persister.publisher.flushed(shard);
    await forget();
    await complete();
    await harness.persister.publisher.flushed(shard);
    const record = harness.topic.records.at(-1);
    if (record === undefined) throw new Error('nothing was published');
    expect(record.kind).toBe(RoomLogKind.ROOM_LOG_KIND_STATE_CORRECTION);
    const known = completeState.filter(({ event }) => event.type === 'm.room.member' && event.stateKey !== RHEA);
    const nids = await Promise.all(known.map(async (made) => [made.event.stateKey, (await eventOf(made))?.eventNid]));
    const told = record.changedState.map(({ type, stateKey, eventNid }) => {
      expect(type).toBe('m.room.member');
      return [stateKey, eventNid] as const;
    });
    expect(new Map(told)).toEqual(new Map(nids as [string, number][]));
    expect(told).toHaveLength(known.length);
    const { position: upTo } = record;
    const rows = await harness.rooms.readLog({ shard, after: upTo - 1, upTo, limit: 1, order: 'ascending' });
    expect([rowFromRecord(record, isHosted)]).toEqual(await rowsFromStorage(rows, harness.rooms, isHosted));
  });

  it('go on as complete ones after that, whatever was in memory', async () => {
    await joinPartially();
    await harness.store(buildMessage(room.roomId, ALICE, 'one'));
    await complete();
    const [two = ''] = await harness.store(buildMessage(room.roomId, ALICE, 'two'));
    await harness.store(buildMembership(room.roomId, { sender: CAROL, membership: 'join' }));
    const { shard, roomNid, currentRoot } = await roomOf();
    const stored = (await harness.rooms.findEventsById(shard, roomNid, [two])).get(two);
    expect(await inState([RICK, CAROL])).toEqual(['join', 'join']);
    const keys = [{ type: 'm.room.member', stateKey: RICK }];
    const root = stored?.stateBefore ?? 0;
    expect(root).not.toBe(currentRoot);
    const [ricks] = await readState(harness.rooms, { shard, roomNid }, { root, keys });
    expect(ricks?.eventId).toBe(rick.event.eventId);
    await complete();
    expect(await roomOf()).toMatchObject({ currentRoot });
  });

  it('are completed after a restart', async () => {
    await joinPartially();
    await harness.store(buildMessage(room.roomId, ALICE, 'before'));
    await harness.stop();
    harness = await startPersister(test);
    await complete();
    expect(await roomOf()).toMatchObject({ partialJoin: undefined, joinedCount: MEMBERS + 3 });
    await harness.store(buildMessage(room.roomId, ALICE, 'after'));
  });

  function authOf(type: string): string {
    return completeState.find(({ event }) => event.type === type)?.event.eventId ?? '';
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
});
