import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { roomShardOf } from '@plexus/storage';
import { FakeTopicBroker, FakeTopics } from '@plexus/testing';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMessage, ROOM_SHARDS } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, realClock, SHARDS, startPersister } from '../../test-support/persister-harness.ts';
import { InboundGroup } from './inbound-group.ts';
import { TopicKeeper } from './topic-keeper.ts';

interface Member {
  readonly harness: PersisterHarness;
  leave(): Promise<void>;
}

describe('a persister that comes or goes', () => {
  let test: TestDatabase;
  let broker: FakeTopicBroker;
  const members: Member[] = [];
  beforeEach(async () => {
    test = await createTestDatabase();
    broker = new FakeTopicBroker(realClock);
  });
  afterEach(async () => {
    for (const member of members.splice(0)) await member.leave();
    await test.drop();
  });

  async function join(address: string): Promise<Member> {
    const topics = new FakeTopics(broker);
    const harness = await startPersister(test, { address, shards: [] });
    const failed = (doing: string, error: unknown): void => harness.observer.failed(doing, error);
    const keeper = new TopicKeeper({ topics, clock: realClock, roomShards: ROOM_SHARDS, failed });
    const group = new InboundGroup(harness.persister, { topics, rooms: harness.rooms, keeper, address });
    group.join();
    const member: Member = {
      harness,
      async leave() {
        await group.stop();
        await harness.stop();
        await topics.close();
      },
    };
    members.push(member);
    return member;
  }

  const shardsOf = ({ harness }: Member): number[] =>
    [...harness.persister.shards.all()].map(({ shard }) => shard).toSorted();

  it('interrupts no shard that stays where it is', async () => {
    const first = await join('first');
    await vi.waitFor(() => expect(shardsOf(first)).toEqual(SHARDS), 10_000);
    const { persister, servers } = first.harness;
    const before = SHARDS.map((shard) => ({
      owned: persister.shards.find(shard),
      version: persister.shards.versionOf(shard),
    }));
    const rooms = new Map<number, string>();
    while (rooms.size < ROOM_SHARDS) {
      const { roomId, command } = buildCreateRoom({ creator: ALICE }, servers);
      if (rooms.has(roomShardOf(roomId, ROOM_SHARDS))) continue;
      await first.harness.store(command);
      rooms.set(roomShardOf(roomId, ROOM_SHARDS), roomId);
    }

    const second = await join('second');
    const answers = new Map<number, Set<string>>(SHARDS.map((shard) => [shard, new Set()]));
    while (shardsOf(second).length < ROOM_SHARDS / 2 || shardsOf(first).length > ROOM_SHARDS / 2) {
      const sent = [...rooms].map(async ([shard, roomId]) => {
        answers.get(shard)?.add((await first.harness.execute(buildMessage(roomId, ALICE, 'on'))).$case);
      });
      await Promise.all(sent);
    }
    const stayed = shardsOf(first);
    expect(stayed).toHaveLength(ROOM_SHARDS / 2);
    for (const shard of stayed) {
      const { owned, version } = before[shard] ?? {};
      expect([...(answers.get(shard) ?? [])]).toEqual(['stored']);
      expect(persister.shards.find(shard)).toBe(owned);
      expect(persister.shards.versionOf(shard)).toBe(version);
    }

    await second.leave();
    members.pop();
    await vi.waitFor(() => expect(shardsOf(first)).toEqual(SHARDS), 10_000);
    for (const shard of stayed) expect(persister.shards.find(shard)).toBe(before[shard]?.owned);
    for (const roomId of rooms.values()) await first.harness.store(buildMessage(roomId, ALICE, 'whole again'));
  });
});
