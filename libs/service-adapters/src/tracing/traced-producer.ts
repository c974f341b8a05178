import { beginSpan, currentTraceparent, traceparentOf } from '@plexus/service-shell';
import type { BegunSpan, TracedRows } from '@plexus/service-shell';
import { ROOM_EVENTS } from '@plexus/topics';
import type { OutgoingRecord, Producer, ProducerDepth, TopicDefinition } from '@plexus/topics';
import { rowOfRecord } from './row-of-record.ts';

/** Says with each record which trace it comes of: that of the row of the room log that it is about, else that of whoever sends it. */
export class TracedProducer implements Producer {
  readonly #producer: Producer;
  readonly #rows: TracedRows;

  constructor(producer: Producer, rows: TracedRows) {
    this.#producer = producer;
    this.#rows = rows;
  }

  async send<T>(topic: TopicDefinition<T>, partition: number, records: readonly OutgoingRecord<T>[]): Promise<number> {
    const sender = currentTraceparent();
    if (sender === '' && this.#rows.isEmpty) return this.#producer.send(topic, partition, records);
    const spans: BegunSpan[] = [];
    const traced = records.map((record) => this.#traced(topic, record, { sender, spans }));
    try {
      const offset = await this.#producer.send(topic, partition, traced);
      for (const span of spans) span.end();
      return offset;
    } catch (error) {
      for (const span of spans) span.end({ error });
      throw error;
    }
  }

  depth(): ProducerDepth[] {
    return this.#producer.depth();
  }

  #traced<T>(
    topic: TopicDefinition<T>,
    record: OutgoingRecord<T>,
    { sender, spans }: { readonly sender: string; readonly spans: BegunSpan[] },
  ): OutgoingRecord<T> {
    const row = rowOfRecord(topic, record.value);
    const known = row && this.#rows.find(row.shard, row.position)?.traceparent;
    const span = beginSpan({
      name: `send ${topic.name}`,
      kind: 'producer',
      attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': topic.name },
      // What wakes a publisher says nothing about the rows that it publishes.
      traceparent: row === undefined ? sender : (known ?? ''),
    });
    if (span === undefined) return record;
    spans.push(span);
    const traceparent = traceparentOf(span.context);
    // Of the row itself: what one of its readers sends on about it is not what the other readers follow from.
    if (row !== undefined && topic.name === ROOM_EVENTS.name) this.#rows.remember({ ...row, traceparent });
    return { ...record, headers: { ...record.headers, traceparent } };
  }
}
