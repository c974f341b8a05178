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

interface RecordRow {
  readonly record_offset: number | string;
  readonly key: Buffer;
  readonly headers: string | null;
  readonly value: Buffer;
  readonly appended_at: number;
}

/** @NOTE Sixteen records of the largest size are as much as a partition may hold at once. */
const READ_AT_ONCE = 16;

/** Partitions as rows of a table. */
export class DurableLog {
  readonly #database: LogDatabase;

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
    const [row] = await this.#run<Record<'latest' | 'earliest', number | string> & { incarnation: string }>(
      READ_EDGES,
      [topic, partition],
    );
    if (row === undefined) throw new TopicError('unknown-topic', `${topic} has no partition ${partition}`);
    return { incarnation: row.incarnation, earliest: Number(row.earliest), latest: Number(row.latest) };
  }

  async readRecords<T>(topic: TopicDefinition<T>, partition: number, from: number): Promise<ArrivedRecord<T>[]> {
    const rows = await this.#run<RecordRow>(READ_RECORDS, [topic.name, partition, from, READ_AT_ONCE]);
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
