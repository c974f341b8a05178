import { RedactionReader, StateReader } from '@plexus/room-view';
import type { RoomCommand } from '@plexus/rpc';
import { decodePurgedEvents } from '@plexus/storage';
import type { RoomHousekeeping, RoomRecord, StoredEvent } from '@plexus/storage';
import {
  PostgresLogTrimming,
  PostgresRoomGaps,
  PostgresRoomHistoryReader,
  PostgresRoomHousekeeping,
} from '@plexus/storage-postgres';
import { FakeCache } from '@plexus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildCreateRoom,
  buildMembership,
  buildMessage,
  buildProto,
  buildSend,
  buildState,
  nextCommandId,
} from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';
import { collectStateNodes } from '../housekeeping/collect-state-nodes.ts';
import { trimLog } from '../housekeeping/trim-log.ts';

let test: TestDatabase;
let harness: PersisterHarness;
let housekeeping: RoomHousekeeping;
let history: PostgresRoomHistoryReader;
let roomId: string;
beforeEach(async () => {
  test = await createTestDatabase();
  harness = await startPersister(test);
  housekeeping = new PostgresRoomHousekeeping(test.database);
  history = new PostgresRoomHistoryReader(test.database);
  const made = buildCreateRoom({ creator: ALICE }, harness.servers);
  ({ roomId } = made);
  await harness.store(made.command);
});
afterEach(async () => {
  await harness.stop();
  await test.drop();
});

async function findRoom(): Promise<RoomRecord> {
  const room = await harness.rooms.findRoom(roomId);
  if (room === undefined) throw new Error('no room');
  return room;
}

async function say(sender: string, body: string): Promise<string> {
  const [eventId = ''] = await harness.store(buildMessage(roomId, sender, body));
  return eventId;
}

async function redact(eventId: string): Promise<string> {
  const event = { ...buildProto('m.room.redaction', ALICE, {}), redacts: eventId };
  const [redactionId = ''] = await harness.store(buildSend(roomId, event));
  return redactionId;
}

async function setState(type: string, value: string): Promise<string> {
  const [eventId = ''] = await harness.store(buildSend(roomId, buildState(type, '', ALICE, { value })));
  return eventId;
}

async function find(eventId: string): Promise<StoredEvent | undefined> {
  const { shard, roomNid } = await findRoom();
  return (await harness.rooms.findEventsById(shard, roomNid, [eventId])).get(eventId);
}

async function storedPositions(shard: number): Promise<number[]> {
  const text = 'select position from room_log where shard = $1 order by position';
  const { rows } = await test.database.query<{ position: string }>(text, [shard]);
  return rows.map(({ position }) => Number(position));
}

async function allPublished(): Promise<void> {
  const text = 'select bool_and(published = position and projected = position) as is_done from room_shards';
  harness.persister.loop.storeProgress();
  await expect.poll(async () => (await test.database.query<{ is_done: boolean }>(text)).rows[0]?.is_done).toBe(true);
}

function purgeCommand(
  eventIds: string[],
  below: number,
  deleteLocalEvents: boolean,
  keptEventIds: string[] = [],
): RoomCommand {
  const value = { eventIds, below, deleteLocalEvents, keptEventIds };
  const command = { $case: 'purgeEvents' as const, value };
  return { ...buildMessage(roomId, ALICE, ''), commandId: nextCommandId(), command };
}

/** As the job does it. */
async function purgeBefore(eventId: string, deleteLocalEvents = true, atOnce = 200): Promise<void> {
  const { shard, roomNid } = await findRoom();
  const below = (await find(eventId))?.topologicalPosition ?? 0;
  await harness.persister.publisher.flushed(shard);
  harness.persister.loop.storeProgress();
  await harness.persister.loop.drained(shard);
  for (let after; ;) {
    const page = await history.listHistory({ shard, roomNid, below, after, limit: atOnce });
    after = page.at(-1);
    if (after === undefined) return;
    await harness.store(
      purgeCommand(
        page.map((event) => event.eventId),
        below,
        deleteLocalEvents,
      ),
    );
  }
}

async function timeline(): Promise<string[]> {
  const { shard, roomNid } = await findRoom();
  const events = await harness.rooms.pageTimeline({ shard, roomNid, direction: 'forwards', limit: 100 });
  return events.map(({ eventId }) => eventId);
}

async function ends(): Promise<{ missingEventId: string; eventId: string }[]> {
  const { shard, roomNid } = await findRoom();
  const query = { shard, roomNid, upTo: undefined, limit: 10 };
  const list = await new PostgresRoomGaps(test.database).listBackwardExtremities(query);
  return list.map(({ missingEventId, eventId }) => ({ missingEventId, eventId }));
}

it('leaves ends of history below the events that it is told of, and none below what is gone', async () => {
  const old = [await say(ALICE, 'one'), await say(ALICE, 'two')];
  const cutOff = await say(ALICE, 'three');
  const second = await say(ALICE, 'four');
  const last = await say(ALICE, 'five');
  await purgeBefore(cutOff);
  expect(await ends()).toEqual([]);
  const below = (await find(cutOff))?.topologicalPosition ?? 0;
  for (let times = 0; times < 2; times += 1) await harness.execute(purgeCommand([], below, true, [cutOff, second]));
  expect(await ends()).toEqual([{ missingEventId: old[1], eventId: cutOff }]);

  await purgeBefore(last);
  expect(await ends()).toEqual([]);
  const belowLast = (await find(last))?.topologicalPosition ?? 0;
  await harness.execute(purgeCommand([], belowLast, true, [old[0] ?? '', last]));
  expect(await ends()).toEqual([{ missingEventId: second, eventId: last }]);
});

it('removes messages before the event and leaves the log dense, published, and the room alive', async () => {
  const old = [await say(ALICE, 'one'), await say(ALICE, 'two'), await say(ALICE, 'three')];
  const cutOff = await say(ALICE, 'four');
  const later = await say(ALICE, 'five');
  await purgeBefore(cutOff, true, 2);
  expect(await timeline()).toEqual([cutOff, later]);
  for (const eventId of old) expect(await find(eventId)).toBeUndefined();
  const { shard, roomNid, currentRoot } = await findRoom();
  const log = await harness.rooms.readLog({ shard, after: 0, upTo: 1_000, limit: 100, order: 'ascending' });
  expect(log.map(({ position }) => position)).toEqual(log.map((_, at) => at + 1));
  expect(log.flatMap(({ event }) => event?.eventId ?? [])).toEqual([cutOff, later]);
  const told = log.filter(({ roomId: id, kind }) => id === roomId && kind === 'tombstone');
  expect(told.flatMap(({ body }) => decodePurgedEvents(body))).toHaveLength(7);
  expect(await harness.rooms.findRootAt(shard, roomNid, 3)).toBeUndefined();
  expect(await harness.rooms.findRootAt(shard, roomNid, 10_000)).toBe(currentRoot);
  await harness.store(buildMembership(roomId, { sender: BOB, membership: 'join' }));
  expect(await say(BOB, 'still here')).toMatch(/^\$/);
});

it('leaves no rows where the log is trimmed already, and later ones to the next trimming', async () => {
  await say(ALICE, 'one');
  await setState('m.room.topic', 'old');
  const cutOff = await say(ALICE, 'two');
  const later = await say(ALICE, 'three');
  const { shard, roomNid, currentRoot } = await findRoom();
  await allPublished();
  await test.database.query('update room_shards set trimmed = published where shard = $1', [shard]);
  const kept = [await find(cutOff), await find(later)].map((event) => event?.streamPosition);
  await purgeBefore(cutOff, true, 2);
  const told = (await storedPositions(shard)).filter((position) => !kept.includes(position));
  expect(Math.min(...told)).toBeGreaterThan(Math.max(...kept.map((position) => position ?? 0)));
  expect(told.length).toBeGreaterThan(1);
  await allPublished();
  await test.database.query("update room_log set stored_at = stored_at - interval '2 hours'");
  const ports = {
    trimming: new PostgresLogTrimming(test.database),
    shards: harness.persister.shards,
    pause: async () => undefined,
  };
  expect(await trimLog(shard, 3_600_000, ports)).toBe(told.length - 1);
  expect(await storedPositions(shard)).toEqual([...kept, told.at(-1)]);
  const log = await harness.rooms.readLog({ shard, after: 0, upTo: 1_000, limit: 100, order: 'ascending' });
  expect(log.map(({ position }) => position)).toEqual(log.map((_, at) => at + 1));
  expect(await harness.rooms.findRootAt(shard, roomNid, 10_000)).toBe(currentRoot);
  expect(await say(ALICE, 'still here')).toMatch(/^\$/);
});

it('keeps state events as outliers, and the room’s state with them', async () => {
  const topic = await setState('m.room.topic', 'old');
  await say(ALICE, 'one');
  const cutOff = await say(ALICE, 'two');
  await purgeBefore(cutOff);
  expect(await find(topic)).toMatchObject({ topologicalPosition: undefined, stateBefore: undefined });
  const { shard, roomNid, currentRoot, roomVersion } = await findRoom();
  const states = new StateReader(harness.rooms, new FakeCache());
  const place = { shard, roomNid, roomVersion };
  const nids = await states.lookup(place, currentRoot, [{ type: 'm.room.topic', stateKey: '' }]);
  expect((await harness.rooms.findEvents(shard, [nids?.[0] ?? 0])).get(nids?.[0] ?? 0)?.eventId).toBe(topic);
});

it('keeps what hosted users sent, where it is not to go', async () => {
  const kept = await say(ALICE, 'mine');
  const cutOff = await say(ALICE, 'end');
  await purgeBefore(cutOff, false);
  expect(await find(kept)).toMatchObject({ topologicalPosition: undefined, streamPosition: undefined });
  expect(await timeline()).toEqual([cutOff]);
});

it('keeps a redaction as long as what it redacted stays, and it still counts after the garbage is collected', async () => {
  const topic = await setState('m.room.topic', 'shameful');
  const redaction = await redact(topic);
  const gone = await say(ALICE, 'gone');
  const goneRedaction = await redact(gone);
  for (let at = 0; at < 20; at += 1) await setState(`m.test.${at}`, 'x');
  const cutOff = await say(ALICE, 'end');
  await purgeBefore(cutOff);
  expect([await find(gone), await find(goneRedaction)]).toEqual([undefined, undefined]);
  expect(await find(redaction)).toMatchObject({ topologicalPosition: undefined, stateBefore: expect.any(Number) });
  const { shard, roomVersion, roomNid } = await findRoom();
  const owned = harness.persister.shards.find(shard);
  const [garbage] = await housekeeping.listRoomsWithGarbage(shard, 10);
  if (owned === undefined || garbage === undefined) throw new Error('there is garbage in a shard of ours');
  const collected = await collectStateNodes(owned, garbage, {
    housekeeping,
    rooms: harness.rooms,
    pause: async () => {},
    nodesAtOnce: 100,
  });
  expect(collected).toBeGreaterThan(10);
  const redactions = new RedactionReader(harness.rooms, new StateReader(harness.rooms, new FakeCache()));
  const stored = await find(topic);
  if (stored === undefined) throw new Error('the topic is stored');
  const shown = await redactions.show({ shard, roomNid, roomVersion }, stored);
  expect(shown.event.content).toEqual({});
  await setState('m.room.topic', 'new');
  expect(await say(ALICE, 'goes on')).toMatch(/^\$/);
});

it('refuses a place beyond the room’s end, and leaves extremities and what is above alone', async () => {
  const last = await say(ALICE, 'last');
  const place = (await find(last))?.topologicalPosition ?? 0;
  expect(await harness.execute(purgeCommand([last], place + 1, true))).toMatchObject({
    $case: 'refused',
    value: { rule: 'purge.beyond_end' },
  });
  expect(await harness.store(purgeCommand([last, '$unknown'], place, true))).toEqual([]);
  expect(await find(last)).toMatchObject({ topologicalPosition: place });
});

it('finds the event that a time cuts at', async () => {
  const first = await say(ALICE, 'first');
  const { shard, roomNid } = await findRoom();
  const { rows } = await test.database.query<{ at: number }>(
    `update room_log set stored_at = stored_at - interval '1 hour' where shard = $1 returning extract(epoch from stored_at)::float8 * 1000 as at`,
    [shard],
  );
  const since = Math.max(...rows.map(({ at }) => at)) + 60_000;
  expect(await history.findFirstStoredSince(shard, roomNid, since)).toMatchObject({ eventId: first });
  const second = await say(ALICE, 'second');
  expect(await history.findFirstStoredSince(shard, roomNid, since)).toMatchObject({ eventId: second });
  expect(await history.findFirstStoredSince(shard, roomNid, since - 3_600_000)).toBeUndefined();
});

it('goes on where a successor takes the shard over, and never for a replaced owner', async () => {
  await say(ALICE, 'one');
  const cutOff = await say(ALICE, 'two');
  const other = await startPersister(test, { address: 'there' });
  const below = (await find(cutOff))?.topologicalPosition ?? 0;
  const ids = (await timeline()).slice(0, -1);
  expect(await harness.execute(purgeCommand(ids, below, true))).toMatchObject({ $case: 'notOwner' });
  expect(await timeline()).toContain(ids[0]);
  await other.store(purgeCommand(ids, below, true));
  expect(await timeline()).toEqual([cutOff]);
  await other.stop();
});
