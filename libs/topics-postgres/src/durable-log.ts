import { GatheredCalls } from '@plexus/matrix-base';
import type { ArrivedRecord, PartitionEdges, RecordHeaders, TopicDefinition, TopicSetup } from '@plexus/topics';
import { TopicError } from '@plexus/topics';
import type { LogDatabase, LogStatement } from './log-database.ts';
import { APPEND_RECORDS, READ_EDGES, READ_RECORDS, SET_UP_TOPIC, TRIM_RECORDS } from './log-statements.ts';

/** A record that is to be appended. */
export interface EncodedRecord {
  readonly key: string;
  readonly headers: RecordHeaders;
  readonly bytes: Uint8Array;
}

/** What is appended to one partition. */
export interface PartitionAppend {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly EncodedRecord[];
}

interface EdgesRow {
  readonly place: number;
  readonly incarnation: string;
  readonly earliest: number | string;
  readonly latest: number | string;
}

interface RecordRow {
  readonly place: number;
  readonly record_offset: number | string;
  readonly key: Buffer;
  readonly headers: string | null;
  readonly value: Buffer;
  readonly appended_at: number;
}

/** @NOTE Sixteen records of the largest size are as much as a partition may hold at once. */
const READ_AT_ONCE = 16;

interface Partition {
  readonly topic: string;
  readonly partition: number;
}

interface RecordsFrom extends Partition {
  readonly from: number;
}

/**
 * Partitions as rows of a table.
 *
 * @NOTE One append wakes the readers of all partitions that it has something for, and they look side by side: each statement answers all that ask in one
 * turn. A transaction of another server with PDUs of 50 rooms took 99 statements for that.
 */
export class DurableLog {
  readonly #database: LogDatabase;
  readonly #edges = new GatheredCalls((asked: readonly Partition[]) => this.#findEdges(asked));
  readonly #records = new GatheredCalls((asked: readonly RecordsFrom[]) => this.#findRecords(asked));

  constructor(database: LogDatabase) {
    this.#database = database;
  }

  async setUp({ topic, partitions }: TopicSetup): Promise<void> {
    const [row] = await this.#run<{ partitions: number }>(SET_UP_TOPIC, [topic.name, partitions]);
    if (row === undefined || row.partitions === 0 || row.partitions === partitions) return;
    throw new TopicError('partition-count', `${topic.name} has ${row.partitions} partitions, not ${partitions}`);
  }

  /** Appends in one transaction; gives the first offset of each, in their order. No partition may come twice. */
  async append(appends: readonly PartitionAppend[]): Promise<number[]> {
    const records = appends.flatMap(({ topic, partition, records: own }) => {
      return own.map((record, place) => ({ topic, partition, place, ...record }));
    });
    const rows = await this.#run<{ topic: string; partition: number; first_offset: number | string }>(APPEND_RECORDS, [
      appends.map(({ topic }) => topic),
      appends.map(({ partition }) => partition),
      appends.map(({ records: own }) => own.length),
      records.map(({ topic }) => topic),
      records.map(({ partition }) => partition),
      records.map(({ place }) => place),
      records.map(({ key }) => Buffer.from(key)),
      records.map(({ headers }) => encodeHeaders(headers)),
      records.map(({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
    ]);
    return appends.map(({ topic, partition }) => {
      const row = rows.find((own) => own.topic === topic && own.partition === partition);
      if (row === undefined) throw new TopicError('unknown-topic', `${topic} has no partition ${partition} any more`);
      return Number(row.first_offset);
    });
  }

  async readEdges(topic: string, partition: number): Promise<PartitionEdges> {
    const row = await this.#edges.ask({ topic, partition });
    if (row === undefined) throw new TopicError('unknown-topic', `${topic} has no partition ${partition}`);
    return { incarnation: row.incarnation, earliest: Number(row.earliest), latest: Number(row.latest) };
  }

  async readRecords<T>(topic: TopicDefinition<T>, partition: number, from: number): Promise<ArrivedRecord<T>[]> {
    const rows = await this.#records.ask({ topic: topic.name, partition, from });
    return rows.map(({ record_offset: offset, key, headers, value, appended_at: appendedAt }) => ({
      offset: Number(offset),
      key: key.toString(),
      headers: decodeHeaders(headers),
      appendedAt,
      byteLength: value.length,
      bytes: value,
      decode: () => topic.codec.decode(value),
    }));
  }

  async trim(topic: string, partition: number, before: number): Promise<void> {
    await this.#run(TRIM_RECORDS, [topic, partition, before]);
  }

  async #findEdges(asked: readonly Partition[]): Promise<(EdgesRow | undefined)[]> {
    const values = [asked.map(({ topic }) => topic), asked.map(({ partition }) => partition)];
    const rows = await this.#run<EdgesRow>(READ_EDGES, values);
    const byPlace = new Map(rows.map((row) => [row.place, row]));
    return asked.map((_, index) => byPlace.get(index + 1));
  }

  async #findRecords(asked: readonly RecordsFrom[]): Promise<RecordRow[][]> {
    const rows = await this.#run<RecordRow>(READ_RECORDS, [
      asked.map(({ topic }) => topic),
      asked.map(({ partition }) => partition),
      asked.map(({ from }) => from),
      READ_AT_ONCE,
    ]);
    const answers = asked.map((): RecordRow[] => []);
    for (const row of rows) answers[row.place - 1]?.push(row);
    return answers;
  }

  async #run<Row extends object>(statement: LogStatement, values: Parameters<LogDatabase['run']>[1]): Promise<Row[]> {
    try {
      return await this.#database.run<Row>(statement, values);
    } catch (error) {
      throw new TopicError('unavailable', `the database failed: ${statement.name}`, { cause: error });
    }
  }
}

function encodeHeaders(headers: RecordHeaders): string | null {
  return Object.keys(headers).length === 0 ? null : JSON.stringify(headers);
}

function decodeHeaders(headers: string | null): RecordHeaders {
  return headers === null ? {} : JSON.parse(headers);
}
