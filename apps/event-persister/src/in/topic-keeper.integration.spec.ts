import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Topics } from '@plexus/topics';
import { FEDERATION_PDUS, ROOM_EVENTS } from '@plexus/topics';
import { KafkaTopics } from '@plexus/topics-kafka';
import { kafkaOptions, removeTopic } from '../../../../libs/topics-kafka/test-support/kafka-harness.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMessage, ROOM_SHARDS } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, realClock, startPersister } from '../../test-support/persister-harness.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';
import { InboundGroup } from './inbound-group.ts';
import { TopicKeeper } from './topic-keeper.ts';

const RHEA = '@rhea:remote.example';
const WITHIN = { timeout: 30_000, interval: 50 };

describe('topics that are deleted while persisters run', () => {
  let test: TestDatabase;
  let topics: Topics;
  let harness: PersisterHarness;
  let group: InboundGroup;
  const options = kafkaOptions();
  beforeEach(async () => {
    test = await createTestDatabase();
    topics = new KafkaTopics(options);
    harness = await startPersister(test, { shards: [], ports: { producer: topics.producer } });
    group = new InboundGroup(harness.persister, {
      topics,
      clock: realClock,
      rooms: harness.rooms,
      keeper: new TopicKeeper({
        topics,
        clock: realClock,
        roomShards: ROOM_SHARDS,
        failed: (doing, error) => harness.observer.failed(doing, error),
      }),
      address: 'here',
      successors: { take: async () => {} },
    });
    group.join();
    await vi.waitUntil(() => harness.persister.shards.size === ROOM_SHARDS, WITHIN);
  });
  afterEach(async () => {
    await group.stop();
    await harness.stop();
    await topics.close();
    await test.drop();
  });

  it('are made again, are written to and are read', async () => {
    const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
    await harness.store(command);
    const remote = new RemoteServer(harness);
    const joined = await remote.build(roomId, {
      type: 'm.room.member',
      sender: RHEA,
      stateKey: RHEA,
      content: { membership: 'join' },
    });
    for (const { name } of [ROOM_EVENTS, FEDERATION_PDUS]) await removeTopic(options, name);
    await harness.store(buildMessage(roomId, ALICE, 'while the topics are away'));
    const { shard } = await roomOf(roomId);
    const append = () => topics.producer.send(FEDERATION_PDUS, shard, [{ key: roomId, value: joined }]);
    await vi.waitFor(append, WITHIN);
    await harness.observer.received(1);
    expect(harness.observer.receipts[0]?.received).toMatchObject({ outcome: 'stored', status: 'accepted' });
    await harness.persister.publisher.flushed(shard);
    expect(harness.persister.publisher.lag).toBe(0);
  });

  async function roomOf(roomId: string) {
    const room = await harness.rooms.findRoom(roomId);
    if (room === undefined) throw new Error('no such room');
    return room;
  }
});
