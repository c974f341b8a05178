import type { ArrivedRecord, OutgoingRecord, RecordHeaders, TopicDefinition } from '@plexus/topics';
import { MAX_RECORD_BYTES, TopicError } from '@plexus/topics';
import type { IHeaders, KafkaMessage, Message } from 'kafkajs';

const NOTHING = Buffer.alloc(0);

/** A record as the client sends it, and its size. */
export function toMessage<T>(
  topic: TopicDefinition<T>,
  partition: number,
  { key, value, headers }: OutgoingRecord<T>,
): { message: Message; bytes: number } {
  const encoded = topic.codec.encode(value);
  const bytes = encoded.byteLength;
  if (bytes > MAX_RECORD_BYTES)
    throw new TopicError('record-too-large', `a record of ${topic.name} has ${bytes} bytes`);
  const buffer = Buffer.from(encoded.buffer, encoded.byteOffset, bytes);
  return { message: { key, partition, value: buffer, ...(headers === undefined ? {} : { headers }) }, bytes };
}

/** A record as the client received it. */
export function fromMessage<T>(topic: TopicDefinition<T>, message: KafkaMessage): ArrivedRecord<T> {
  const bytes = message.value ?? NOTHING;
  return {
    offset: Number(message.offset),
    key: message.key?.toString() ?? '',
    headers: toHeaders(message.headers ?? {}),
    appendedAt: Number(message.timestamp),
    byteLength: bytes.length,
    bytes,
    decode: () => topic.codec.decode(bytes),
  };
}

function toHeaders(headers: IHeaders): RecordHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(Array.isArray(value) ? value[0] : (value ?? ''))]),
  );
}
