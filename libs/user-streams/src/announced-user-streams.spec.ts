import { FakeAccounts, FakeUserStreams } from '@plexus/testing';
import { USER_EVENTS, userPartitionOf } from '@plexus/topics';
import type { OutgoingRecord, Producer, TopicDefinition } from '@plexus/topics';
import { describe, expect, it } from 'vitest';
import { AnnouncedUserStreams } from './announced-user-streams.ts';

const ALICE = '@alice:a.example';

async function streamsOver(
  send: Producer['send'],
  failed: (error: unknown) => void = () => {},
  generation: () => number = () => 3,
) {
  const users = new FakeAccounts();
  await users.addUser({ userId: ALICE, passwordHash: undefined });
  return new AnnouncedUserStreams({ streams: new FakeUserStreams(users), producer: { send }, generation, failed });
}

describe('AnnouncedUserStreams', () => {
  it('tells of what is stored, after it is stored', async () => {
    const told: unknown[] = [];
    const send = async <T>(topic: TopicDefinition<T>, partition: number, records: readonly OutgoingRecord<T>[]) =>
      told.push([topic.name, partition, records]);
    const streams = await streamsOver(send);
    await streams.transact([ALICE], async (transaction) => {
      transaction.advance(ALICE);
      expect(told).toEqual([]);
    });
    const records = [{ key: ALICE, value: { userId: ALICE, position: 1, deviceListChanged: false, generation: 3 } }];
    expect(told).toEqual([[USER_EVENTS.name, userPartitionOf(ALICE), records]]);
  });

  it('says of which generation a position is, be it that another one begins meanwhile', async () => {
    const told: unknown[] = [];
    let generation = 3;
    const send = async <T>(_topic: TopicDefinition<T>, _partition: number, records: readonly OutgoingRecord<T>[]) =>
      told.push(...records);
    const streams = await streamsOver(send, undefined, () => generation);
    await streams.transact([ALICE], async (transaction) => {
      transaction.advance(ALICE);
      generation = 4;
    });
    streams.announce(new Map([[ALICE, 2]]));
    expect(told).toMatchObject([{ value: { position: 1, generation: 3 } }, { value: { position: 2, generation: 4 } }]);
  });

  it('tells nothing where nothing is stored', async () => {
    const told: unknown[] = [];
    const streams = await streamsOver(async (...sent) => told.push(sent));
    await streams.transact([ALICE], async () => undefined);
    const failing = streams.transact([ALICE], async (transaction) => {
      transaction.advance(ALICE);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(told).toEqual([]);
  });

  it('tells of device lists', async () => {
    const told: unknown[] = [];
    const streams = await streamsOver(async (_topic, _partition, records) => told.push(...records));
    streams.deviceListChanged(ALICE);
    expect(told).toEqual([
      { key: ALICE, value: { userId: ALICE, position: 0, deviceListChanged: true, generation: 3 } },
    ]);
  });

  it('stores what cannot be told', async () => {
    const failures: unknown[] = [];
    const away = new Error('away');
    const streams = await streamsOver(
      () => Promise.reject(away),
      (error) => failures.push(error),
    );
    const { positions } = await streams.transact([ALICE], async (transaction) => transaction.advance(ALICE));
    expect(positions).toEqual(new Map([[ALICE, 1]]));
    await expect.poll(() => failures).toEqual([away]);
  });
});
