import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { roomShardOf } from '@plexus/storage';
import {
  PostgresGivenUpPdus,
  PostgresParkedPdus,
  PostgresRoomHousekeeping,
  PostgresStagedEvents,
} from '@plexus/storage-postgres';
import type { FederationPduRecord } from '@plexus/topics';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildCreateRoom,
  buildDropParked,
  buildImportRoom,
  nextCommandId,
  ROOM_SHARDS,
} from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import type { MadeEvent } from '../../test-support/remote-room.ts';
import { RemoteRoom, stage } from '../../test-support/remote-room.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';

const RHEA = '@rhea:remote.example';
const JOIN = { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } };
const SAID = { type: 'm.room.message', sender: RHEA, content: { body: 'hello', msgtype: 'm.text' } };

describe('gaps before PDUs', () => {
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

  /** A PDU whose predecessor is held back. */
  async function parkOne(): Promise<{ readonly lost: FederationPduRecord; readonly waiting: FederationPduRecord }> {
    const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
    await harness.store(command);
    await remote.send(roomId, JOIN);
    const lost = await remote.build(roomId, SAID);
    const authEvents = JSON.parse(lost.json.toString()).auth_events;
    const waiting = await remote.build(roomId, { ...SAID, prevEvents: [lost.eventId], authEvents });
    await remote.deliver([waiting]);
    return { lost, waiting };
  }

  it('are told of at once, and close when what is missing comes', async () => {
    const { lost, waiting } = await parkOne();
    const { roomId, roomVersion, eventId, origin, destination } = waiting;
    await vi.waitFor(() => expect(harness.topic.gaps).toHaveLength(1));
    expect(harness.topic.gaps).toEqual([
      { roomId, roomVersion, eventId, origin, destination, missingEventIds: [lost.eventId], attempt: 1 },
    ]);
    await remote.append(lost);
    await harness.observer.received(4);
    expect(harness.observer.receipts.at(-1)).toMatchObject({ record: { eventId }, received: { outcome: 'stored' } });
  });

  it('are told of once, however many wait behind them', async () => {
    const { lost, waiting } = await parkOne();
    const authEvents = JSON.parse(lost.json.toString()).auth_events;
    let last = waiting;
    for (let index = 0; index < 5; index += 1) {
      last = await remote.build(waiting.roomId, { ...SAID, prevEvents: [last.eventId], authEvents });
      await remote.deliver([last]);
    }
    expect(harness.persister.pdus.parking.count).toBe(6);
    expect(harness.topic.gaps.map(({ eventId }) => eventId)).toEqual([waiting.eventId]);
    const shard = roomShardOf(waiting.roomId, ROOM_SHARDS);
    const ids = [lost.eventId, waiting.eventId, last.eventId];
    expect(await new PostgresParkedPdus(test.database).findParkedIds(shard, ids)).toEqual(new Set(ids.slice(1)));
    const units = harness.observer.batchSizes.length;
    await remote.append(lost);
    await vi.waitFor(() => expect(harness.persister.pdus.parking.count).toBe(0));
    expect(harness.observer.batchSizes.length - units).toBeLessThanOrEqual(3);
    expect(harness.observer.receipts.at(-1)).toMatchObject({
      record: { eventId: last.eventId },
      received: { outcome: 'stored' },
    });
  });

  it('end with what waits given up, of which a later copy is processed afresh', async () => {
    const { waiting } = await parkOne();
    const { roomId, eventId } = waiting;
    await harness.store(buildDropParked(roomId, [eventId]));
    expect(harness.observer.givenUp).toEqual([eventId]);
    expect(harness.persister.pdus.parking.count).toBe(0);
    const shard = roomShardOf(roomId, ROOM_SHARDS);
    expect(await harness.rooms.listWaiting(shard)).toEqual([]);
    const given = new PostgresGivenUpPdus(test.database);
    const listed = { shard, roomId, eventId, origin: remote.name, because: 'nobody has it' };
    expect(await given.listGivenUpPdus({ limit: 10, roomId, origin: remote.name })).toMatchObject([listed]);
    expect(await given.listGivenUpPdus({ limit: 10, origin: 'other.example' })).toEqual([]);
    const housekeeping = new PostgresRoomHousekeeping(test.database);
    const owned = harness.persister.shards.find(shard);
    if (owned === undefined) throw new Error('the shard is owned');
    expect(await housekeeping.forgetGivenUp(owned, 3_600_000, 10)).toBe(0);
    expect(await housekeeping.forgetGivenUp(owned, -1_000, 10)).toBe(1);
    expect(await given.listGivenUpPdus({ limit: 10 })).toEqual([]);
    await remote.deliver([waiting]);
    expect(harness.observer.receipts.at(-1)?.received.outcome).toBe('parked');
  });

  it('do not open while the room is on its way here', async () => {
    await harness.stop();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const staged = new PostgresStagedEvents(test.database);
    harness = await startPersister(test, {
      ports: {
        staged: {
          async listStaged(query) {
            if (!query.parts.includes('timeline')) await released;
            return staged.listStaged(query);
          },
        },
      },
    });
    remote = new RemoteServer(harness);
    const room = new RemoteRoom({ creator: RHEA });
    const state = room.state();
    const key = harness.servers.findSigningKey('one.example');
    if (key === undefined) throw new Error('no key');
    const join = room.member(ALICE, 'join', { serverName: 'one.example', key });
    const next = room.say(RHEA, 'welcome');
    const shard = roomShardOf(room.roomId, ROOM_SHARDS);
    const importId = nextCommandId();
    const parts = stage([
      ['state', state],
      ['timeline', [join]],
    ]);
    await staged.stageEvents({ shard, importId }, parts);
    const joined = harness.store(buildImportRoom(room.roomId, { importId, roomVersion: '11' }));
    await remoteJoinIsRead(room.roomId);
    await remote.append(recordOf(room, next), 0, shard);
    await harness.observer.received(1);
    expect(harness.observer.receipts[0]?.received).toMatchObject({ outcome: 'parked' });
    release();
    await joined;
    await harness.observer.received(2);
    expect(harness.observer.receipts[1]).toMatchObject({
      record: { eventId: next.event.eventId },
      received: { outcome: 'stored', status: 'accepted' },
    });
    expect(harness.topic.gaps).toEqual([]);
  });

  /** The import has come so far that it knows its join event. */
  async function remoteJoinIsRead(roomId: string): Promise<void> {
    await vi.waitFor(() => expect(harness.persister.findArrival(roomId)).toBeDefined());
  }
});

function recordOf(room: RemoteRoom, { event, bytes }: MadeEvent): FederationPduRecord {
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
