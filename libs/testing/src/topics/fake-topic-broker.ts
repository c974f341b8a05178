import type { Clock } from '@plexus/matrix-base';
import type { ArrivedRecord, OutgoingRecord, PartitionEdges, TopicDefinition, TopicSetup } from '@plexus/topics';
import { MAX_RECORD_BYTES, TopicError } from '@plexus/topics';
import type { FakeGroup } from './fake-group.ts';
import { createFakeGroup } from './fake-group.ts';

interface StoredRecord {
  readonly offset: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly appendedAt: number;
  readonly bytes: Uint8Array;
}

interface FakePartition {
  earliest: number;
  latest: number;
  records: StoredRecord[];
}

interface FakeTopic {
  readonly incarnation: string;
  readonly partitions: FakePartition[];
}

const READ_RECORDS = 10;

/** Topics in memory, for any number of processes: `FakeTopics` are views of one broker. */
export class FakeTopicBroker {
  readonly clock: Clock;
  readonly #topics = new Map<string, FakeTopic>();
  readonly #groups = new Map<string, FakeGroup>();
  readonly #watchers = new Set<(topic: string, partition: number) => void>();
  #makings = 0;
  #outage: Error | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** From now on nothing can be sent or read, until `undefined` is given. */
  fail(outage: Error | undefined): void {
    this.#outage = outage;
    if (outage === undefined) this.#tellWatchers();
  }

  create({ topic, partitions }: TopicSetup): void {
    const existing = this.#topics.get(topic.name);
    if (existing === undefined) return this.#make(topic.name, partitions);
    if (existing.partitions.length === partitions) return;
    const found = `${topic.name} has ${existing.partitions.length} partitions, not ${partitions}`;
    throw new TopicError('partition-count', found);
  }

  /** Deletes a topic with its records and makes it anew. */
  remake(name: string): void {
    this.#make(name, this.#topic(name).partitions.length);
    this.#tellWatchers();
  }

  append<T>(topic: TopicDefinition<T>, partition: number, records: readonly OutgoingRecord<T>[]): number {
    const log = this.#partition(topic.name, partition);
    const first = log.latest;
    const appendedAt = this.clock.now();
    const encoded = records.map(({ key, value, headers = {} }, index) => {
      return { offset: first + index, key, headers, appendedAt, bytes: encodeWithin(topic, value) };
    });
    log.records.push(...encoded);
    log.latest += encoded.length;
    for (const watch of this.#watchers) watch(topic.name, partition);
    return first;
  }

  trim(name: string, partition: number, before: number): void {
    const log = this.#partition(name, partition);
    log.records = log.records.filter(({ offset }) => offset >= before);
    log.earliest = Math.min(log.latest, Math.max(log.earliest, before));
  }

  edges(name: string, partition: number): PartitionEdges {
    const { earliest, latest } = this.#partition(name, partition);
    return { incarnation: this.#topic(name).incarnation, earliest, latest };
  }

  read<T>(topic: TopicDefinition<T>, partition: number, from: number): ArrivedRecord<T>[] {
    const stored = this.#partition(topic.name, partition).records.filter(({ offset }) => offset >= from);
    return stored.slice(0, READ_RECORDS).map((record) => ({
      ...record,
      byteLength: record.bytes.length,
      decode: () => topic.codec.decode(record.bytes),
    }));
  }

  partitionsOf(name: string): number[] {
    return this.#topic(name).partitions.map((_, partition) => partition);
  }

  /** The group of that name on that topic; its members share the partitions. */
  group(name: string, topic: string): FakeGroup {
    const key = JSON.stringify([name, topic]);
    const group = this.#groups.get(key) ?? createFakeGroup(this.partitionsOf(topic));
    this.#groups.set(key, group);
    return group;
  }

  /** Calls back whenever a partition may have something new; gives back how to end that. */
  watch(watcher: (topic: string, partition: number) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #make(name: string, count: number): void {
    this.#makings += 1;
    const partitions = Array.from({ length: count }, () => ({ earliest: 0, latest: 0, records: [] }));
    this.#topics.set(name, { incarnation: `making ${this.#makings}`, partitions });
  }

  #tellWatchers(): void {
    for (const [name, { partitions }] of this.#topics) {
      for (const partition of partitions.keys()) for (const watch of this.#watchers) watch(name, partition);
    }
  }

  #topic(name: string): FakeTopic {
    if (this.#outage !== undefined) throw new TopicError('unavailable', 'the broker is away', { cause: this.#outage });
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new TopicError('unknown-topic', `there is no topic ${name}`);
    return topic;
  }

  #partition(name: string, partition: number): FakePartition {
    const log = this.#topic(name).partitions[partition];
    if (log === undefined) throw new TopicError('unknown-partition', `${name} has no partition ${partition}`);
    return log;
  }
}

function encodeWithin<T>(topic: TopicDefinition<T>, value: T): Uint8Array {
  const bytes = topic.codec.encode(value);
  if (bytes.byteLength <= MAX_RECORD_BYTES) return bytes;
  throw new TopicError('record-too-large', `a record of ${topic.name} has ${bytes.byteLength} bytes`);
}
