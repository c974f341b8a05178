import type { TopicDefinition, Topics } from '@plexus/topics';
import { MAX_RECORD_BYTES } from '@plexus/topics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { disturbTopics } from '../topics/disturbed-topics.ts';
import { CollectingMember, RecordCollector } from '../topics/record-collector.ts';
import { textTopic } from '../topics/text-topic.ts';
import { nextTest, PARTITIONS, sendTo, WITHIN } from '../topics/topics-harness.ts';
import type { TopicsHarness } from '../topics/topics-harness.ts';

/** What every adapter of the `Topics` port does. */
export function topicsContract(adapter: string, openHarness: () => Promise<TopicsHarness>): void {
  describe(`TopicsContract: ${adapter}`, () => {
    let harness: TopicsHarness;
    let test: number;
    let topics: Topics;
    let kept: TopicDefinition<string>;
    let refilled: TopicDefinition<string>;
    let collector: RecordCollector;
    let member: CollectingMember;

    beforeEach(async () => {
      harness = await openHarness();
      topics = await harness.open();
      test = nextTest();
      const unique = `${process.pid}-${test}`;
      kept = textTopic(`kept-${unique}`, 'never');
      refilled = textTopic(`refilled-${unique}`, 'refilled');
      collector = new RecordCollector();
      member = new CollectingMember(collector);
      await topics.setUp([kept, refilled].map((topic) => ({ topic, partitions: PARTITIONS })));
    });
    afterEach(() => harness.close());

    function send(partition: number, ...values: string[]): Promise<number> {
      return sendTo(topics, kept, partition, values);
    }

    it('delivers a record as it was sent', async () => {
      const before = Date.now();
      const offset = await topics.producer.send(kept, 2, [
        { key: '!room', value: 'héllo', headers: { traceparent: '00-a' } },
      ]);
      topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(collector.records).toHaveLength(1), WITHIN);
      const record = collector.records[0];
      expect(record).toMatchObject({
        partition: 2,
        offset,
        key: '!room',
        value: 'héllo',
        headers: { traceparent: '00-a' },
      });
      expect(record?.byteLength).toBe(6);
      expect(record?.appendedAt).toBeGreaterThan(before - 5_000);
      expect(record?.appendedAt).toBeLessThan(Date.now() + 5_000);
    });

    it('keeps the order of sends that are made at once', async () => {
      const wanted = Array.from({ length: 300 }, (_, index) => `r${index}`);
      const offsets = await Promise.all(wanted.map((value) => send(1, value)));
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      expect(new Set(offsets).size).toBe(wanted.length);
      topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(collector.values(1)).toEqual(wanted), WITHIN);
      expect(collector.records.map(({ offset }) => offset)).toEqual(offsets);
    });

    it('gives the offset of the first record of a send', async () => {
      const first = await send(0, 'a', 'b', 'c');
      expect(await send(0, 'd')).toBe(first + 3);
    });

    it('delivers what is sent while it reads', async () => {
      topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(member.assigned).toHaveLength(PARTITIONS), WITHIN);
      for (const value of ['a', 'b', 'c']) await send(3, value);
      await vi.waitFor(() => expect(collector.values()).toEqual(['a', 'b', 'c']), WITHIN);
    });

    it('begins at the offset that the caller gives', async () => {
      const first = await send(0, 'a', 'b', 'c');
      member.start = () => first + 1;
      topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(collector.values()).toEqual(['b', 'c']), WITHIN);
    });

    it('begins with the next record where the caller wants the latest', async () => {
      await send(0, 'old');
      const { promise: started, resolve } = Promise.withResolvers<void>();
      member.start = (partition) => {
        if (partition === 1) resolve();
        return partition === 0 ? 'latest' : 'earliest';
      };
      await send(1, 'marker');
      topics.joinGroup(member.options(kept));
      await started;
      await vi.waitFor(() => expect(collector.values(1)).toEqual(['marker']), WITHIN);
      await vi.waitFor(async () => {
        await send(0, 'new');
        expect(collector.values(0)[0]).toBe('new');
      }, WITHIN);
    });

    it('asks again where to begin when the caller fails', async () => {
      await send(0, 'a');
      const asked = vi.fn<() => 'earliest'>(() => 'earliest');
      asked.mockImplementationOnce(() => {
        throw new Error('database away');
      });
      member.start = (partition) => (partition === 0 ? asked() : 'earliest');
      topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(collector.values()).toEqual(['a']), WITHIN);
      expect(asked.mock.results.slice(0, 2).map(({ type }) => type)).toEqual(['throw', 'return']);
      expect(collector.failures).toContainEqual(new Error('database away'));
    });

    it('delivers again from the record that failed', async () => {
      const first = await send(0, 'a', 'b', 'c');
      let failures = 0;
      collector.before = (batch) => {
        const failing = batch.records.findIndex(({ offset }) => offset === first + 1);
        if (failing < 0 || failures > 0) return;
        failures += 1;
        const done = batch.records.slice(0, failing);
        collector.records.push(...done);
        const last = done.at(-1);
        if (last !== undefined) batch.done(last);
        throw new Error('database away');
      };
      topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(collector.values()).toEqual(['a', 'b', 'c']), WITHIN);
      expect(failures).toBe(1);
    });

    it('sets aside a record that cannot be decoded, and goes on', async () => {
      const first = await send(0, 'a', 'broken', 'b');
      topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(collector.values()).toEqual(['a', 'b']), WITHIN);
      expect(collector.setAsideOffsets).toEqual([first + 1]);
    });

    it('holds back one partition and not the others', async () => {
      const consumer = topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(consumer.assignedPartitions()).toEqual([0, 1, 2, 3]), WITHIN);
      await send(0, 'first');
      await vi.waitFor(() => expect(collector.values(0)).toEqual(['first']), WITHIN);
      consumer.pause(0);
      await send(0, 'held');
      await send(1, 'free');
      await vi.waitFor(() => expect(collector.values(1)).toEqual(['free']), WITHIN);
      expect(collector.values(0)).toEqual(['first']);
      consumer.resume(0);
      await vi.waitFor(() => expect(collector.values(0)).toEqual(['first', 'held']), WITHIN);
    });

    it('does not let a slow partition hold up the others', async () => {
      const { promise: slow, resolve } = Promise.withResolvers<void>();
      collector.before = async ({ partition }) => {
        if (partition === 0) await slow;
      };
      topics.joinGroup(member.options(kept));
      await send(0, 'slow');
      for (const value of ['a', 'b']) await send(1, value);
      await vi.waitFor(() => expect(collector.values()).toEqual(['a', 'b']), WITHIN);
      resolve();
      await vi.waitFor(() => expect(collector.values(0)).toEqual(['slow']), WITHIN);
    });

    it('bounds what waits in bytes, and loses nothing by it', async () => {
      const wanted = Array.from({ length: 120 }, (_, index) => `${index}:${'x'.repeat(100_000)}`);
      for (const value of wanted) await send(0, value);
      const { promise: opened, resolve } = Promise.withResolvers<void>();
      collector.before = () => opened;
      const consumer = topics.joinGroup(member.options(kept));
      const queued = (): number => Math.max(0, ...consumer.lag().map(({ queuedBytes }) => queuedBytes));
      await vi.waitFor(() => expect(queued()).toBeGreaterThan(1_000_000), WITHIN);
      await send(1, 'beside');
      expect(queued()).toBeLessThan(9_000_000);
      resolve();
      await vi.waitFor(() => expect(collector.values(0)).toHaveLength(wanted.length), WITHIN);
      expect(collector.values(0)).toEqual(wanted);
    });

    it('shows how far each partition is', async () => {
      const first = await send(0, 'a', 'b');
      const { promise: opened, resolve } = Promise.withResolvers<void>();
      collector.before = () => opened;
      const consumer = topics.joinGroup(member.options(kept));
      const lagOf = (partition: number) => consumer.lag().find((lag) => lag.partition === partition);
      await vi.waitFor(() => {
        expect(lagOf(0)).toMatchObject({ position: first, highWatermark: first + 2, queuedBytes: 2 });
      }, WITHIN);
      resolve();
      await vi.waitFor(() => {
        expect(lagOf(0)).toEqual({
          partition: 0,
          position: first + 2,
          highWatermark: first + 2,
          queuedBytes: 0,
          oldestAgeMs: 0,
        });
      }, WITHIN);
    });

    it('has every acknowledged record of a topic that must lose none after a restart', async () => {
      const first = await send(0, 'a', 'b');
      await topics.close();
      topics = await harness.open();
      await topics.setUp([{ topic: kept, partitions: PARTITIONS }]);
      expect(await send(0, 'c')).toBe(first + 2);
      topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(collector.values()).toEqual(['a', 'b', 'c']), WITHIN);
    });

    it('begins at the oldest record where older ones were trimmed', async () => {
      const first = await send(0, 'a', 'b', 'c');
      await vi.waitFor(() => topics.trim(kept, 0, first + 2), WITHIN);
      member.start = () => first;
      topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(collector.values()).toEqual(['c']), WITHIN);
      expect(collector.resets).toEqual([]);
    });

    it('tells of a topic that was made anew while it was read, and reads the new one', async () => {
      await send(0, 'old 1', 'old 2', 'old 3');
      topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(collector.values()).toHaveLength(3), WITHIN);
      const old = collector.incarnations.get(0);
      await harness.remake(kept, PARTITIONS);
      await vi.waitFor(() => send(0, 'new 1'), WITHIN);
      await send(0, 'new 2', 'new 3', 'new 4', 'new 5');
      await vi.waitFor(
        () => expect(collector.values().slice(-4)).toEqual(['new 2', 'new 3', 'new 4', 'new 5']),
        WITHIN,
      );
      expect(collector.values()).toContain('new 1');
      expect(collector.resets.find(({ partition }) => partition === 0)).toMatchObject({ nextOffset: 0 });
      expect(collector.incarnations.get(0)).not.toBe(old);
    });

    it('tells by the incarnation that an offset is of an earlier making', async () => {
      await send(0, 'old 1', 'old 2');
      const consumer = topics.joinGroup(member.options(kept));
      await vi.waitFor(() => expect(collector.values()).toHaveLength(2), WITHIN);
      await consumer.stop();
      const old = collector.incarnations.get(0);
      await harness.remake(kept, PARTITIONS);
      await vi.waitFor(() => send(0, 'new 1'), WITHIN);
      await send(0, 'new 2', 'new 3');
      const second = new CollectingMember(new RecordCollector());
      second.start = (_, incarnation) => (incarnation === old ? 2 : 'earliest');
      topics.joinGroup(second.options(kept));
      const collected = second.handler as RecordCollector;
      await vi.waitFor(() => expect(collected.values().slice(-2)).toEqual(['new 2', 'new 3']), WITHIN);
      expect(collected.values()).toContain('new 1');
    });

    it('lets a consumer that drops what it has seen see everything once, whatever is repeated or late', async () => {
      const random = seededRandom(test);
      const disturbed = disturbTopics(topics, {
        random,
        delay: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      });
      const seen = new Map<number, number>();
      const once: string[] = [];
      collector.before = ({ partition, records }) => {
        for (const { offset, value } of records) {
          if (offset <= (seen.get(partition) ?? -1)) continue;
          seen.set(partition, offset);
          once.push(value);
        }
      };
      disturbed.joinGroup(member.options(kept));
      const wanted: string[] = [];
      const sendSome = async (): Promise<void> => {
        for (let count = 0; count < 20; count += 1) {
          wanted.push(`r${wanted.length}`);
          await send(0, `r${wanted.length - 1}`);
        }
        await vi.waitFor(() => expect(once).toEqual(wanted), WITHIN);
      };
      // Where all records come in one portion, as on a busy machine, none may be repeated.
      await vi.waitFor(async () => {
        await sendSome();
        expect(collector.records.length).toBeGreaterThan(wanted.length);
      }, WITHIN);
    });

    it('lets every reader read all that is sent from when it is connected on', async () => {
      await sendTo(topics, refilled, 0, ['before']);
      const others = new RecordCollector();
      const readers = [collector, others].map((handler) => {
        return topics.readAll({ topic: refilled, handler, connectionChanged: () => undefined });
      });
      await vi.waitFor(() => expect(readers.every((reader) => reader.isConnected())).toBe(true), WITHIN);
      for (const value of ['a', 'b']) await sendTo(topics, refilled, 0, [value]);
      await sendTo(topics, refilled, 3, ['c']);
      await vi.waitFor(() => expect(collector.values(0)).toEqual(['a', 'b']), WITHIN);
      await vi.waitFor(() => expect(collector.values(3)).toEqual(['c']), WITHIN);
      await vi.waitFor(() => expect(others.values()).toHaveLength(3), WITHIN);
    });

    it('says when a reader is connected, and delivers nothing after it is stopped', async () => {
      const changes: boolean[] = [];
      const connectionChanged = (isConnected: boolean): void => void changes.push(isConnected);
      const reader = topics.readAll({ topic: refilled, handler: collector, connectionChanged });
      await vi.waitFor(() => expect(reader.isConnected()).toBe(true), WITHIN);
      expect(changes).toEqual([true]);
      await reader.stop();
      expect(reader.isConnected()).toBe(false);
      const witness = new RecordCollector();
      const second = topics.readAll({ topic: refilled, handler: witness, connectionChanged: () => undefined });
      await vi.waitFor(() => expect(second.isConnected()).toBe(true), WITHIN);
      await sendTo(topics, refilled, 0, ['a']);
      await vi.waitFor(() => expect(witness.values()).toEqual(['a']), WITHIN);
      expect(collector.values()).toEqual([]);
    });

    it('delivers a topic that may be refilled to a group too', async () => {
      member.start = () => 'latest';
      topics.joinGroup(member.options(refilled));
      await vi.waitFor(() => expect(member.assigned).toHaveLength(PARTITIONS), WITHIN);
      await vi.waitFor(async () => {
        await sendTo(topics, refilled, 2, ['a']);
        expect(collector.values()).toContain('a');
      }, WITHIN);
    });

    it('gives back its partitions when it is stopped, after the running call', async () => {
      await send(0, 'a');
      const { promise: opened, resolve } = Promise.withResolvers<void>();
      const order: string[] = [];
      collector.before = async () => {
        order.push('handle');
        await opened;
        order.push('handled');
      };
      const options = {
        ...member.options(kept),
        revoked: (partitions: readonly number[]) => void order.push(`revoked ${partitions.length}`),
      };
      const consumer = topics.joinGroup(options);
      await vi.waitFor(() => expect(order).toEqual(['handle']), WITHIN);
      const stopped = consumer.stop();
      resolve();
      await stopped;
      expect(order).toEqual(['handle', 'handled', `revoked ${PARTITIONS}`]);
      expect(consumer.assignedPartitions()).toEqual([]);
    });

    it('leaves its group and says so where its partitions could not be given up', async () => {
      const away = new Error('database away');
      const consumer = topics.joinGroup({ ...member.options(kept), revoked: () => Promise.reject(away) });
      await vi.waitFor(() => expect(member.assigned).toHaveLength(PARTITIONS), WITHIN);
      await consumer.stop();
      expect(collector.failures).toContain(away);
      const next = new CollectingMember(collector);
      topics.joinGroup(next.options(kept));
      await vi.waitFor(() => expect(next.assigned).toHaveLength(PARTITIONS), WITHIN);
    });

    it('refuses a record that is too large', async () => {
      const sent = send(0, 'x'.repeat(MAX_RECORD_BYTES + 1));
      await expect(sent).rejects.toMatchObject({ name: 'TopicError', kind: 'record-too-large' });
      await send(0, 'x'.repeat(MAX_RECORD_BYTES));
    });

    it('refuses a partition and a topic that do not exist', async () => {
      await expect(send(PARTITIONS, 'a')).rejects.toMatchObject({ name: 'TopicError', kind: 'unknown-partition' });
      const missing = sendTo(topics, textTopic('never-made', 'never'), 0, ['a']);
      await expect(missing).rejects.toMatchObject({ name: 'TopicError', kind: 'unknown-topic' });
    });

    it('refuses to set up a topic with another number of partitions', async () => {
      await topics.setUp([{ topic: kept, partitions: PARTITIONS }]);
      const setUp = topics.setUp([{ topic: kept, partitions: PARTITIONS * 2 }]);
      await expect(setUp).rejects.toMatchObject({ name: 'TopicError', kind: 'partition-count' });
    });

    it('makes those of several topics that are missing', async () => {
      const missing = textTopic(`missing-${crypto.randomUUID()}`, 'refilled');
      await topics.setUp([kept, missing, refilled].map((topic) => ({ topic, partitions: PARTITIONS })));
      expect(await sendTo(topics, missing, PARTITIONS - 1, ['a'])).toBe(0);
      const setUp = topics.setUp([kept, missing].map((topic) => ({ topic, partitions: PARTITIONS * 2 })));
      await expect(setUp).rejects.toMatchObject({ name: 'TopicError', kind: 'partition-count' });
    });

    it('sends nothing after it is closed', async () => {
      await topics.close();
      await expect(send(0, 'a')).rejects.toMatchObject({ name: 'TopicError', kind: 'closed' });
    });

    it('has nothing waiting when all sends are acknowledged', async () => {
      await send(0, 'a');
      expect(topics.producer.depth()).toEqual([]);
    });
  });
}

/** Small and repeatable: a linear congruential generator. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
