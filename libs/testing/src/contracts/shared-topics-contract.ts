import type { TopicDefinition, Topics } from '@plexus/topics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CollectingMember, RecordCollector } from '../topics/record-collector.ts';
import { textTopic } from '../topics/text-topic.ts';
import { nextTest, PARTITIONS, sendTo, WITHIN } from '../topics/topics-harness.ts';
import type { TopicsHarness } from '../topics/topics-harness.ts';

/** What adapters do for which several processes work on the same topics. */
export function sharedTopicsContract(adapter: string, openHarness: () => Promise<TopicsHarness>): void {
  describe(`SharedTopicsContract: ${adapter}`, () => {
    let harness: TopicsHarness;
    let one: Topics;
    let other: Topics;
    let topic: TopicDefinition<string>;
    let first: CollectingMember;
    let second: CollectingMember;

    beforeEach(async () => {
      harness = await openHarness();
      [one, other] = [await harness.open(), await harness.open()];
      topic = textTopic(`shared-${process.pid}-${nextTest()}`, 'never');
      await one.setUp([{ topic, partitions: PARTITIONS }]);
      first = new CollectingMember(new RecordCollector(), 'one');
      second = new CollectingMember(new RecordCollector(), 'other');
    });
    afterEach(() => harness.close());

    it('divides the partitions, moving only what has to move', async () => {
      const owners = new Map([0, 1, 2, 3].map((partition): [number, string] => [partition, 'one']));
      first.owners = second.owners = owners;
      const left = one.joinGroup(first.options(topic));
      await vi.waitFor(() => expect(left.assignedPartitions()).toEqual([0, 1, 2, 3]), WITHIN);
      const right = other.joinGroup(second.options(topic));
      await vi.waitFor(() => expect(right.assignedPartitions()).toHaveLength(2), WITHIN);
      await vi.waitFor(() => expect(left.assignedPartitions()).toHaveLength(2), WITHIN);
      expect(first.assigned).toEqual([0, 1, 2, 3]);
      expect(first.revoked).toEqual(right.assignedPartitions());
      expect(second.assigned).toEqual(right.assignedPartitions());
    });

    it('lets the other take over, and only what the one had', async () => {
      const started: number[] = [];
      second.start = (partition) => {
        started.push(partition);
        return 'earliest';
      };
      const left = one.joinGroup(first.options(topic));
      await vi.waitFor(() => expect(left.assignedPartitions()).toEqual([0, 1, 2, 3]), WITHIN);
      const right = other.joinGroup(second.options(topic));
      await vi.waitFor(() => {
        const both = [...left.assignedPartitions(), ...right.assignedPartitions()];
        expect(both.toSorted()).toEqual([0, 1, 2, 3]);
        expect(started.toSorted()).toEqual(right.assignedPartitions());
        expect(started).toHaveLength(2);
      }, WITHIN);
      const [stays = -1] = right.assignedPartitions();
      second.owners = new Map(right.assignedPartitions().map((partition): [number, string] => [partition, 'other']));
      const collected = second.handler as RecordCollector;
      await sendTo(one, topic, stays, ['before']);
      await vi.waitFor(() => expect(collected.values(stays)).toEqual(['before']), WITHIN);
      const moving = left.assignedPartitions();
      started.length = 0;
      await left.stop();
      await vi.waitFor(() => expect(started).toHaveLength(moving.length), WITHIN);
      await sendTo(other, topic, stays, ['after']);
      await vi.waitFor(() => expect(collected.values(stays)).toEqual(['before', 'after']), WITHIN);
      expect(right.assignedPartitions()).toEqual([0, 1, 2, 3]);
      expect(started.toSorted()).toEqual(moving);
      expect(second.revoked).toEqual([]);
    });

    it('goes on handling in a member that keeps its partition while another one comes', async () => {
      first.owners = second.owners = new Map([[0, 'one']]);
      const collected = first.handler as RecordCollector;
      one.joinGroup(first.options(topic));
      await vi.waitFor(() => expect(first.assigned).toHaveLength(PARTITIONS), WITHIN);
      const wanted = Array.from({ length: 200 }, (_, index) => `r${index}`);
      const sending = sendTo(one, topic, 0, wanted.slice(0, 100));
      const right = other.joinGroup(second.options(topic));
      await sending;
      await vi.waitFor(() => expect(right.assignedPartitions()).toHaveLength(2), WITHIN);
      await sendTo(one, topic, 0, wanted.slice(100));
      await vi.waitFor(() => expect(collected.values(0)).toHaveLength(wanted.length), WITHIN);
      expect(collected.values(0)).toEqual(wanted);
    });

    it('delivers to readers of other processes', async () => {
      const collector = new RecordCollector();
      const reader = other.readAll({ topic, handler: collector, connectionChanged: () => undefined });
      await vi.waitFor(() => expect(reader.isConnected()).toBe(true), WITHIN);
      await sendTo(one, topic, 1, ['a']);
      await vi.waitFor(() => expect(collector.values()).toEqual(['a']), WITHIN);
    });
  });
}
