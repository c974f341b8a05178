import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '@plexus/matrix-base';
import type { RoomRecord, StoredEvent } from '@plexus/storage';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { RoomWish } from '../../test-support/commands.ts';
import { buildCreateRoom, buildMessage, buildSend, buildState } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import { readState, RemoteServer } from '../../test-support/remote-server.ts';

const RHEA = '@rhea:remote.example';
const RICK = '@rick:remote.example';

describe('PDUs of other servers', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let remote: RemoteServer;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    remote = new RemoteServer(harness);
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  async function createRoom(wish: Partial<RoomWish> = {}): Promise<string> {
    const { roomId, command } = buildCreateRoom({ creator: ALICE, ...wish }, harness.servers);
    await harness.store(command);
    return roomId;
  }

  async function roomOf(roomId: string): Promise<RoomRecord> {
    const room = await harness.rooms.findRoom(roomId);
    if (room === undefined) throw new Error('no such room');
    return room;
  }

  async function eventOf(roomId: string, eventId: string): Promise<StoredEvent | undefined> {
    const room = await roomOf(roomId);
    return (await harness.rooms.findEventsById(room.shard, room.roomNid, [eventId])).get(eventId);
  }

  async function currentState(roomId: string, type: string, stateKey = ''): Promise<StoredEvent | undefined> {
    const room = await roomOf(roomId);
    const [event] = await readState(harness.rooms, room, { root: room.currentRoot, keys: [{ type, stateKey }] });
    return event;
  }

  async function storedOffset(shard: number): Promise<number> {
    const { rows } = await test.database.query<{ inbound_offset: number }>(
      'select inbound_offset from room_shards where shard = $1',
      [shard],
    );
    return rows[0]?.inbound_offset ?? -1;
  }

  it('takes what comes at once for one room into few units of work', async () => {
    const roomId = await createRoom();
    await remote.send(roomId, join(RHEA));
    let last = await remote.build(roomId, say(RHEA, 'first'));
    const records = [last];
    for (let count = 1; count < 20; count += 1) {
      const { auth_events: authEvents, depth } = JSON.parse(last.json.toString());
      const after = { prevEvents: [last.eventId], authEvents, depth: depth + 1 };
      last = await remote.build(roomId, { ...say(RHEA, `message ${count}`), ...after });
      records.push(last);
    }
    const { shard } = await roomOf(roomId);
    const [offset, units] = [await storedOffset(shard), harness.observer.batchSizes.length];
    await Promise.all(records.map((record, index) => remote.append(record, offset + index, shard)));
    await harness.observer.received(1 + records.length);
    expect(harness.observer.receipts.map(({ received }) => received.outcome)).toEqual(
      Array.from({ length: 21 }, () => 'stored'),
    );
    expect(harness.observer.batchSizes.length - units).toBeLessThan(8);
  });

  it.each(['3', '6', '10', '11', '12'] as const)('takes part in a room of version %s', async (version) => {
    const roomId = await createRoom({ version });
    const joined = await remote.send(roomId, join(RHEA));
    const said = await remote.send(roomId, say(RHEA, 'hello'));
    const [answer] = await harness.store(buildMessage(roomId, ALICE, 'welcome'));
    expect(harness.observer.receipts.map(({ received }) => received)).toEqual([
      { outcome: 'stored', status: 'accepted', rule: undefined },
      { outcome: 'stored', status: 'accepted', rule: undefined },
    ]);
    const room = await roomOf(roomId);
    expect(room).toMatchObject({ joinedCount: 2, topologicalPosition: 7 });
    expect((await currentState(roomId, 'm.room.member', RHEA))?.eventId).toBe(joined);
    expect(JSON.parse((await eventOf(roomId, answer ?? ''))?.json.toString() ?? '').prev_events).toEqual([said]);
    expect(await harness.rooms.readResidentServers(room.shard, room.roomNid)).toEqual(
      new Map([
        ['one.example', 1],
        ['remote.example', 1],
      ]),
    );
  });

  it('stores an event once, however often and wherever it comes', async () => {
    const roomId = await createRoom();
    await remote.send(roomId, join(RHEA));
    const record = await remote.build(roomId, say(RHEA, 'once'));
    await remote.deliver([record, record]);
    expect(harness.observer.receipts.at(-1)?.received).toEqual({ outcome: 'duplicate', status: 'accepted' });
    await remote.append(record, 1);
    const { shard, roomNid } = await roomOf(roomId);
    const timeline = await harness.rooms.pageTimeline({ shard, roomNid, direction: 'forwards', limit: 100 });
    expect(timeline.filter(({ eventId }) => eventId === record.eventId)).toHaveLength(1);
    await vi.waitFor(async () => expect(await storedOffset(shard)).toBe(3));
  });

  it('parks what comes before its predecessors, across a restart, and goes on in order when they are there', async () => {
    const roomId = await createRoom();
    await remote.send(roomId, join(RHEA));
    const first = await remote.build(roomId, say(RHEA, 'one'));
    const auth = JSON.parse(first.json.toString()).auth_events;
    const second = await remote.build(roomId, { ...say(RHEA, 'two'), prevEvents: [first.eventId], authEvents: auth });
    const third = await remote.build(roomId, { ...say(RHEA, 'three'), prevEvents: [second.eventId], authEvents: auth });
    await remote.deliver([third, second]);
    const { shard } = await roomOf(roomId);
    expect(harness.observer.receipts.slice(1).map(({ received }) => received)).toEqual([
      { outcome: 'parked', missingEventIds: [second.eventId] },
      { outcome: 'parked', missingEventIds: [first.eventId] },
    ]);
    expect(await storedOffset(shard)).toBe(3);

    await harness.stop();
    harness = await startPersister(test);
    remote = new RemoteServer(harness);
    await remote.append(first, 3);
    await harness.observer.received(3);
    expect(harness.observer.receipts.map(({ record }) => record.eventId)).toEqual([
      first.eventId,
      second.eventId,
      third.eventId,
    ]);
    expect(await harness.rooms.listWaiting(shard)).toEqual([]);
    expect((await roomOf(roomId)).forwardExtremities).toEqual([(await eventOf(roomId, third.eventId))?.eventNid]);
  });

  it('rejects what the state before forbids, and never shows it', async () => {
    const roomId = await createRoom();
    const before = await roomOf(roomId);
    const intruder = await remote.send(roomId, { ...say(RHEA, 'I never joined') });
    expect(harness.observer.receipts[0]?.received).toMatchObject({ status: 'rejected', rule: 'sender.not_joined' });
    expect(await eventOf(roomId, intruder)).toMatchObject({ status: 'rejected', streamPosition: undefined });
    expect(await roomOf(roomId)).toEqual(before);
    const { shard, roomNid } = before;
    const timeline = await harness.rooms.pageTimeline({ shard, roomNid, direction: 'forwards', limit: 100 });
    expect(timeline.map(({ eventId }) => eventId)).not.toContain(intruder);
  });

  it('rejects what names no predecessors: before it there is no room', async () => {
    const roomId = await createRoom();
    await remote.send(roomId, join(RHEA));
    const { auth_events: authEvents } = JSON.parse((await remote.build(roomId, say(RHEA, 'x'))).json.toString());
    const before = await roomOf(roomId);
    await remote.send(roomId, { ...say(RHEA, 'from nowhere'), prevEvents: [], authEvents });
    expect(harness.observer.receipts.at(-1)?.received).toMatchObject({ status: 'rejected', rule: 'create.missing' });
    expect(await roomOf(roomId)).toEqual(before);
  });

  it('rejects what cites an event twice, and keeps once that it does, of the create event never', async () => {
    const roomId = await createRoom();
    await remote.send(roomId, join(RHEA));
    const topic = { type: 'm.room.topic', sender: RHEA, stateKey: '', content: { topic: 'twice' } };
    const { auth_events: cited }: { auth_events: string[] } = JSON.parse(
      (await remote.build(roomId, topic)).json.toString(),
    );
    const sent = await remote.send(roomId, { ...topic, authEvents: [...cited, ...cited] });
    expect(harness.observer.receipts.at(-1)?.received).toMatchObject({ rule: 'auth_events.duplicate' });
    const { shard, roomNid } = await roomOf(roomId);
    const events = await harness.rooms.findEventsById(shard, roomNid, cited);
    const pages = [...events.values()].map(({ eventNid }) => ({ eventNid, before: undefined }));
    const citing = [...(await harness.rooms.listCitingEvents(shard, pages, 100)).values()];
    expect(citing.map((list) => list.filter(({ eventId }) => eventId === sent).length)).toEqual(
      cited.slice(1).map(() => 1),
    );
  });

  it('soft-fails what only the current state forbids, and lets later events follow it', async () => {
    const roomId = await createRoom();
    await remote.send(roomId, join(RHEA));
    await remote.send(roomId, join(RICK));
    const room = await roomOf(roomId);
    const base = [...(await harness.rooms.findEvents(room.shard, room.forwardExtremities)).values()][0]?.eventId ?? '';
    const ban = { sender: ALICE, target: RHEA, membership: 'ban' };
    const command = buildSend(roomId, buildState('m.room.member', RHEA, ALICE, { membership: ban.membership }));
    const [banned] = await harness.store(command);
    const late = await remote.send(roomId, { ...say(RHEA, 'said before I was banned'), prevEvents: [base] });
    expect(harness.observer.receipts.at(-1)?.received).toMatchObject({ status: 'soft-failed' });
    expect((await roomOf(roomId)).forwardExtremities).toEqual([(await eventOf(roomId, banned ?? ''))?.eventNid]);
    const merging = await remote.send(roomId, { ...say(RICK, 'I saw both'), prevEvents: [banned ?? '', late] });
    expect(await eventOf(roomId, merging)).toMatchObject({ status: 'accepted' });
    expect((await roomOf(roomId)).forwardExtremities).toEqual([(await eventOf(roomId, merging))?.eventNid]);
  });

  it('resolves a fork, tells followers what that changed, and merges it with the next event', async () => {
    const roomId = await createRoom({ powerLevels: { users: { [ALICE]: 100, [RHEA]: 50 } } });
    await remote.send(roomId, join(RHEA));
    const room = await roomOf(roomId);
    const base = [...(await harness.rooms.findEvents(room.shard, room.forwardExtremities)).values()][0]?.eventId ?? '';
    await harness.store(buildSend(roomId, buildState('m.room.topic', '', ALICE, { topic: 'hers' })));
    const theirs = await remote.send(roomId, {
      type: 'm.room.topic',
      sender: RHEA,
      stateKey: '',
      content: { topic: 'theirs' },
      prevEvents: [base],
    });
    const forked = await roomOf(roomId);
    expect(forked.forwardExtremities).toHaveLength(2);
    expect((await currentState(roomId, 'm.room.topic'))?.eventId).toBe(theirs);
    const rows = await harness.rooms.readLog({
      shard: room.shard,
      after: 0,
      upTo: 1_000,
      limit: 1_000,
      roomNid: room.roomNid,
      order: 'descending',
    });
    expect(rows[0]).toMatchObject({ currentRoot: forked.currentRoot });
    await vi.waitFor(() => {
      const record = harness.topic.records.find(({ event }) => event?.eventId === theirs);
      expect(record?.changedState).toEqual([
        { type: 'm.room.topic', stateKey: '', eventNid: rows[0]?.event?.eventNid },
      ]);
    });
    const [merged] = await harness.store(buildMessage(roomId, ALICE, 'both'));
    expect((await roomOf(roomId)).forwardExtremities).toEqual([(await eventOf(roomId, merged ?? ''))?.eventNid]);
    expect((await roomOf(roomId)).currentRoot).toBe(forked.currentRoot);
  });

  it('resolves a large fork in another thread while other rooms go on and the offset moves', async () => {
    const roomId = await createRoom({ powerLevels: { users: { [ALICE]: 100, [RHEA]: 100 } } });
    const otherRoom = await createRoom();
    await remote.send(roomId, join(RHEA));
    const room = await roomOf(roomId);
    const base = [...(await harness.rooms.findEvents(room.shard, room.forwardExtremities)).values()][0]?.eventId ?? '';
    const keys = Array.from({ length: 210 }, (_, index) => String(index));
    await Promise.all(
      keys.map((key) => harness.store(buildSend(roomId, buildState('m.test', key, ALICE, { by: 'alice' })))),
    );
    const records = [];
    let prevEvents = [base];
    const authEvents = JSON.parse(
      (await remote.build(roomId, { ...say(RHEA, ''), prevEvents })).json.toString(),
    ).auth_events;
    for (const key of keys.slice(0, 5)) {
      const event = {
        type: 'm.test',
        sender: RHEA,
        stateKey: `r${key}`,
        content: { by: 'rhea' },
        prevEvents,
        authEvents,
      };
      const record = await remote.build(roomId, event);
      records.push(record);
      prevEvents = [record.eventId];
    }
    const elsewhere = harness.store(buildMessage(otherRoom, ALICE, 'meanwhile'));
    await remote.deliver(records);
    await elsewhere;
    for (const key of ['0', '209', 'r0', 'r4']) expect(await currentState(roomId, 'm.test', key)).toBeDefined();
    expect(new Set(harness.observer.receipts.map(({ received }) => received.outcome))).toEqual(new Set(['stored']));
    expect(await storedOffset(room.shard)).toBe(6);
    expect(await harness.rooms.listWaiting(room.shard)).toEqual([]);
  });

  it('sets aside what cannot be read and goes on; an operator retries or discards it', async () => {
    const roomId = await createRoom();
    await remote.send(roomId, join(RHEA));
    const good = await remote.build(roomId, say(RHEA, 'good'));
    await remote.deliver([
      { ...good, eventId: '$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', json: Buffer.from('{"a":') },
      good,
    ]);
    expect(harness.observer.receipts.at(-2)?.received.outcome).toBe('dead-letter');
    expect(await eventOf(roomId, good.eventId)).toBeDefined();
    const { shard } = await roomOf(roomId);
    const { rows } = await test.database.query<{ dead_letter_nid: number; error: string }>(
      'select dead_letter_nid, error from dead_letters where shard = $1',
      [shard],
    );
    expect(rows).toHaveLength(1);
    const letter = (retry: boolean): ReturnType<PersisterHarness['execute']> =>
      harness.execute({
        ...buildMessage(roomId, ALICE, ''),
        command: { $case: 'deadLetter', value: { deadLetterNid: rows[0]?.dead_letter_nid ?? 0, retry } },
      });
    expect(await letter(true)).toMatchObject({ $case: 'refused', value: { httpStatus: 500 } });
    expect(await letter(false)).toMatchObject({ $case: 'stored' });
    expect(await letter(false)).toMatchObject({ $case: 'refused', value: { errcode: 'M_NOT_FOUND' } });
  });
});

function join(sender: string): { type: string; sender: string; stateKey: string; content: JsonObject } {
  return { type: 'm.room.member', sender, stateKey: sender, content: { membership: 'join' } };
}

function say(sender: string, body: string): { type: string; sender: string; content: JsonObject } {
  return { type: 'm.room.message', sender, content: { body, msgtype: 'm.text' } };
}
