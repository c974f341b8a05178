import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RoomCommand } from '@plexus/rpc';
import { roomShardOf } from '@plexus/storage';
import { PostgresDeadLetters } from '@plexus/storage-postgres';
import { FEDERATION_PDUS } from '@plexus/topics';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMessage, nextCommandId, ROOM_SHARDS } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import { batchOf, RemoteServer } from '../../test-support/remote-server.ts';

const RHEA = '@rhea:remote.example';
const JOIN = { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } };

/** Whoever appends to the topic may be wrong or hostile: the offset of the shard moves on whatever comes. */
describe('a record that is of no room of its shard', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let remote: RemoteServer;
  let roomId: string;
  let shard: number;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    remote = new RemoteServer(harness);
    const made = buildCreateRoom({ creator: ALICE }, harness.servers);
    await harness.store(made.command);
    roomId = made.roomId;
    shard = roomShardOf(roomId, ROOM_SHARDS);
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  function setAside(partition: number, key: string, offset = 0): Promise<void> {
    const bytes = Buffer.from('no record');
    const error = new Error('not one\0');
    return harness.persister.pdus.setAside({
      partition,
      incarnation: 'topic-1',
      offset,
      key,
      headers: {},
      bytes,
      error,
    });
  }

  /** The shard has stored that everything before this offset is done. */
  async function reached(partition: number, offset: number): Promise<void> {
    const stored = async (): Promise<unknown> => {
      const text = 'select inbound_offset::int as offset from room_shards where shard = $1';
      return (await test.database.query<{ offset: number }>(text, [partition])).rows[0]?.offset;
    };
    await expect.poll(stored, { timeout: 10_000 }).toBe(offset);
  }

  const letters = () => new PostgresDeadLetters(test.database).listDeadLetters({ limit: 10 });

  async function settleLetter(retry: boolean) {
    const [letter] = await letters();
    const command: RoomCommand = {
      correlationId: 1,
      commandId: nextCommandId(),
      traceparent: '',
      shard: letter?.shard ?? -1,
      roomId: letter?.roomId ?? '',
      command: { $case: 'deadLetter', value: { deadLetterNid: letter?.deadLetterNid ?? 0, retry } },
    };
    return harness.execute(command);
  }

  it('is set aside where its room is another shard’s, which goes on undisturbed', async () => {
    const other = (shard + 1) % ROOM_SHARDS;
    const record = await remote.build(roomId, JOIN);
    await harness.persister.pdus.handle(batchOf(other, 0, record));
    await reached(other, 1);
    expect(await letters()).toMatchObject([{ shard: other, eventId: record.eventId, origin: remote.name }]);
    expect((await letters())[0]?.error).toContain(roomId);
    await harness.store(buildMessage(roomId, ALICE, 'undisturbed'));
    await remote.deliver([record]);
    expect(harness.observer.receipts.at(-1)?.received).toMatchObject({ outcome: 'stored', status: 'accepted' });
    expect(await settleLetter(true)).toMatchObject({ $case: 'refused', value: { httpStatus: 409 } });
    expect(await settleLetter(false)).toMatchObject({ $case: 'stored' });
    expect(await letters()).toEqual([]);
  });

  it.each(['', '!a\0:one.example', 'nonsense', '!room:one.example'])(
    'is set aside where it cannot be read and its key is %j',
    async (key) => {
      const partition = key.startsWith('!') ? (roomShardOf(key, ROOM_SHARDS) + 1) % ROOM_SHARDS : shard;
      await setAside(partition, key);
      await reached(partition, 1);
      expect(await letters()).toHaveLength(1);
      expect(await settleLetter(true)).toMatchObject({ $case: 'refused', value: { httpStatus: 409 } });
      expect(await settleLetter(false)).toMatchObject({ $case: 'stored' });
      expect(harness.observer.failures).toEqual([]);
      expect(harness.observer.poisonings).toEqual([]);
    },
  );

  it('stays with its room where it cannot be read and its key is that room', async () => {
    await setAside(shard, roomId);
    await reached(shard, 1);
    expect(await letters()).toMatchObject([{ shard, roomId }]);
    expect(await settleLetter(true)).toMatchObject({ $case: 'refused', value: { httpStatus: 409 } });
    expect(await settleLetter(false)).toMatchObject({ $case: 'stored' });
  });

  it.each(['roomId', 'eventId', 'origin', 'destination', 'roomVersion'] as const)(
    'is set aside where its %s holds a NUL',
    async (field) => {
      const record = await remote.build(roomId, JOIN);
      await harness.persister.pdus.handle(batchOf(shard, 0, { ...record, [field]: `${record[field]}\0` }));
      await reached(shard, 1);
      expect(await letters()).toHaveLength(1);
      expect(harness.observer.failures).toEqual([]);
      expect(harness.observer.poisonings).toEqual([]);
    },
  );

  it('is set aside where the ids that its event cites hold a NUL', async () => {
    await remote.send(roomId, JOIN);
    const said = { type: 'm.room.message', sender: RHEA, content: { body: 'x', msgtype: 'm.text' } };
    const { authEvents, prevEvents } = { authEvents: ['$\0a'], prevEvents: ['$\0p'] };
    const built = await Promise.all([remote.build(roomId, said), remote.build(roomId, said)]);
    const [one, two] = built.map((record, index) => {
      const event = JSON.parse(record.json.toString()) as Record<string, unknown>;
      const spoilt = index === 0 ? { ...event, prev_events: prevEvents } : { ...event, auth_events: authEvents };
      return { ...record, json: Buffer.from(JSON.stringify(spoilt)) };
    });
    if (one === undefined || two === undefined) throw new Error('there are two');
    await harness.persister.pdus.handle(batchOf(shard, 1, one));
    await harness.persister.pdus.handle(batchOf(shard, 2, two));
    await reached(shard, 3);
    expect(await letters()).toMatchObject([{ roomId }, { roomId }]);
  });

  it('is kept as it came', async () => {
    const record = await remote.build(roomId, JOIN);
    await harness.persister.pdus.handle(batchOf((shard + 1) % ROOM_SHARDS, 0, record));
    await reached((shard + 1) % ROOM_SHARDS, 1);
    const { rows } = await test.database.query<{ record: Buffer }>('select record from dead_letters', []);
    expect(FEDERATION_PDUS.codec.decode(rows[0]?.record ?? Buffer.alloc(0))).toEqual(record);
  });
});
