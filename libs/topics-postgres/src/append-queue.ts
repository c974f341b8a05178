import type { Clock } from '@plexus/matrix-base';
import type { ProducerDepth } from '@plexus/topics';
import { TopicError } from '@plexus/topics';
import type { EncodedRecord, PartitionAppend } from './durable-log.ts';

interface Waiting extends PartitionAppend {
  readonly bytes: number;
  readonly since: number;
  readonly resolve: (firstOffset: number) => void;
  readonly reject: (error: unknown) => void;
}

const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
const MAX_APPEND_BYTES = 1024 * 1024;

/** Appends what waits in one transaction after the other: so the order of calls is the order of records. */
export class AppendQueue {
  readonly #append: (appends: readonly PartitionAppend[]) => Promise<number[]>;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #queuedBytes = 0;
  #appending: Promise<void> | undefined;

  constructor(append: (appends: readonly PartitionAppend[]) => Promise<number[]>, clock: Clock) {
    this.#append = append;
    this.#clock = clock;
  }

  add(topic: string, partition: number, records: readonly EncodedRecord[]): Promise<number> {
    const bytes = records.reduce((sum, record) => sum + record.bytes.byteLength, 0);
    if (this.#queuedBytes + bytes > MAX_QUEUED_BYTES) throw new TopicError('queue-full', `too much waits for ${topic}`);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.push({ topic, partition, records, bytes, since: this.#clock.now(), resolve, reject });
    this.#queuedBytes += bytes;
    this.#appending ??= this.#appendAll();
    return promise;
  }

  depth(): ProducerDepth[] {
    return [...Map.groupBy(this.#waiting, ({ topic }) => topic)].map(([topic, own]) => ({
      topic,
      records: own.reduce((sum, { records }) => sum + records.length, 0),
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      oldestAgeMs: this.#clock.now() - Math.min(...own.map(({ since }) => since)),
    }));
  }

  async drain(): Promise<void> {
    while (this.#appending !== undefined) await this.#appending;
  }

  /**
   * @NOTE The first await lets all calls of this turn of the event loop into the same transaction. At the end there is none between
   * the last look at what waits and the mark that nobody works: what is added later begins anew.
   */
  async #appendAll(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const count = this.#countOfNext();
      await this.#appendTogether(this.#waiting.slice(0, count));
      for (const { bytes } of this.#waiting.splice(0, count)) this.#queuedBytes -= bytes;
    }
    this.#appending = undefined;
  }

  #countOfNext(): number {
    let bytes = 0;
    const tooMuch = this.#waiting.findIndex((waiting, index) => {
      bytes += waiting.bytes;
      return index > 0 && bytes > MAX_APPEND_BYTES;
    });
    return tooMuch < 0 ? this.#waiting.length : tooMuch;
  }

  async #appendTogether(sends: readonly Waiting[]): Promise<void> {
    const groups = [...Map.groupBy(sends, ({ topic, partition }) => JSON.stringify([topic, partition])).values()];
    try {
      const firsts = await this.#append(groups.map(asOneAppend));
      for (const [index, group] of groups.entries()) resolveInOrder(group, firsts[index] ?? 0);
    } catch (error) {
      for (const { reject } of sends) reject(error);
    }
  }
}

function asOneAppend(group: readonly Waiting[]): PartitionAppend {
  const { topic = '', partition = 0 } = group[0] ?? {};
  return { topic, partition, records: group.flatMap(({ records }) => records) };
}

function resolveInOrder(group: readonly Waiting[], first: number): void {
  let next = first;
  for (const { records, resolve } of group) {
    resolve(next);
    next += records.length;
  }
}
