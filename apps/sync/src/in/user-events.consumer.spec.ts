import { systemClock } from '@plexus/service-shell';
import { FakeTopicBroker, FakeTopics } from '@plexus/testing';
import { USER_EVENTS, USER_PARTITIONS, userPartitionOf } from '@plexus/topics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { consumeUserEvents } from './user-events.consumer.ts';

const ALICE = '@alice:one.example';

describe('hints of user.events', () => {
  let topics: FakeTopics;
  let received: number[];
  let hints: number;
  let generation: number;
  beforeEach(async () => {
    topics = new FakeTopics(new FakeTopicBroker(systemClock));
    [received, hints, generation] = [[], 0, 2];
    await topics.setUp([{ topic: USER_EVENTS, partitions: USER_PARTITIONS }]);
    const reader = consumeUserEvents(topics, {
      streams: { receive: ({ position }) => received.push(position) },
      deviceLists: { hint: () => (hints += 1) },
      generation: () => generation,
      failed: (error) => {
        throw error;
      },
    });
    await vi.waitUntil(() => reader.isConnected());
  });
  afterEach(() => topics.close());

  async function tell(position: number, ofGeneration: number, deviceListChanged = false): Promise<void> {
    const value = { userId: ALICE, position, deviceListChanged, generation: ofGeneration };
    await topics.producer.send(USER_EVENTS, userPartitionOf(ALICE), [{ key: ALICE, value }]);
  }

  it('count in their generation alone, or where a release from before does not say it', async () => {
    await tell(90, 1);
    await tell(5, 2);
    await tell(6, 0);
    await tell(70, 3);
    await tell(7, 2);
    await expect.poll(() => received).toEqual([5, 6, 7]);
    generation = 3;
    await tell(8, 2);
    await tell(1, 3);
    await expect.poll(() => received).toEqual([5, 6, 7, 1]);
  });

  it('are heard of device lists in any generation: where these are is asked', async () => {
    await tell(0, 1, true);
    await tell(0, 0, true);
    await expect.poll(() => hints).toBe(2);
    expect(received).toEqual([]);
  });
});
