import { startTracing, systemClock, TracedRows, withSpan } from '@plexus/service-shell';
import { FakeTopicBroker, FakeTopics } from '@plexus/testing';
import { FEDERATION_OUTBOUND, ROOM_EPHEMERAL, ROOM_EVENTS, RoomLogKind } from '@plexus/topics';
import type { RoomLogRecord, TopicRecord } from '@plexus/topics';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OtlpReceiver } from '../../../../tests/support/otlp-receiver.ts';
import { TracedTopics } from './traced-topics.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const STORED = `00-${TRACE}-b7ad6b7169203331-01`;

const NOTHING = { setAside: () => undefined, reset: () => undefined, failed: () => undefined };

interface Process {
  readonly topics: TracedTopics;
  readonly rows: TracedRows;
}

let receiver: OtlpReceiver;
let stopTracing: () => unknown;
let writer: Process;
let reader: Process;

beforeEach(async () => {
  receiver = await OtlpReceiver.start();
  const settings = { otlp_endpoint: receiver.endpoint, sample_ratio: 0, export_interval: 20 };
  stopTracing = await startTracing(settings, 'test');
  const broker = new FakeTopicBroker(systemClock);
  [writer, reader] = [open(broker), open(broker)];
  await writer.topics.setUp([
    { topic: ROOM_EVENTS, partitions: 1 },
    { topic: ROOM_EPHEMERAL, partitions: 1 },
  ]);
});
afterEach(async () => {
  await Promise.all([writer.topics.close(), reader.topics.close()]);
  await stopTracing();
});

function open(broker: FakeTopicBroker): Process {
  const rows = new TracedRows();
  return { rows, topics: new TracedTopics(new FakeTopics(broker), rows) };
}

function rowAt(position: number): RoomLogRecord {
  return {
    shard: 0,
    position,
    generation: 1,
    kind: RoomLogKind.ROOM_LOG_KIND_EVENT,
    roomId: '!r',
    roomNid: 1,
    roomVersion: '12',
    previousRoot: 0,
    currentRoot: 0,
    changedState: [],
    event: undefined,
    body: Buffer.alloc(0),
  };
}

async function readRows(): Promise<TopicRecord<RoomLogRecord>[]> {
  const records: TopicRecord<RoomLogRecord>[] = [];
  let isConnected = false;
  reader.topics.readAll({
    topic: ROOM_EVENTS,
    connectionChanged: (now) => (isConnected = now),
    handler: { ...NOTHING, handle: ({ records: arrived }) => void records.push(...arrived) },
  });
  await expect.poll(() => isConnected).toBe(true);
  return records;
}

it('carry the trace of a row of the room log, and of no other row beside it', async () => {
  const records = await readRows();
  writer.rows.remember({ shard: 0, position: 5, eventId: undefined, traceparent: STORED });
  const rows = [4, 5].map((position) => ({ key: '!r', value: rowAt(position) }));
  await withSpan({ name: 'somebody else’s', traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }, () =>
    writer.topics.producer.send(ROOM_EVENTS, 0, rows),
  );
  await expect.poll(() => records.length).toBe(2);
  expect(records.map(({ headers }) => 'traceparent' in headers)).toEqual([false, true]);
  expect(reader.rows.find(0, 4)).toBeUndefined();
  expect(reader.rows.find(0, 5)?.traceparent).toContain(TRACE);
  await expect.poll(() => receiver.spansOf(TRACE).length).toBe(2);
  const [sent, received] = ['send room.events', 'receive room.events'].map((name) =>
    receiver.spansOf(TRACE).find((span) => span.name === name),
  );
  expect(sent?.parentSpanId).toBe('b7ad6b7169203331');
  expect(received?.parentSpanId).toBe(sent?.spanId);
});

it('carry a trace on without changing what is known of the row', async () => {
  const stored = { shard: 0, position: 5, eventId: '$e', traceparent: STORED };
  writer.rows.remember(stored);
  await writer.topics.setUp([{ topic: FEDERATION_OUTBOUND, partitions: 1 }]);
  let received = 0;
  writer.topics.readAll({
    topic: FEDERATION_OUTBOUND,
    connectionChanged: () => undefined,
    handler: { ...NOTHING, handle: ({ records }) => void (received += records.length) },
  });
  const place = { roomShard: 0, position: 5, part: 0, generation: 1, eventNid: 1, roomNid: 1, roomId: '!r' };
  const value = { ...place, origin: 'one.test', destinations: ['two.test'] };
  const record = { key: '!r', value: { content: { $case: 'event' as const, value } } };
  // Who reads all begins with what is sent after it is connected.
  await expect
    .poll(async () => {
      await writer.topics.producer.send(FEDERATION_OUTBOUND, 0, [record]);
      return received;
    })
    .toBeGreaterThan(0);
  expect(writer.rows.find(0, 5)).toEqual(stored);
});

it('carry the trace of who sends what is about no row, and nothing outside of one', async () => {
  const record = { key: '!r', value: { roomId: '!r', content: undefined } };
  await writer.topics.producer.send(ROOM_EPHEMERAL, 0, [record]);
  await withSpan({ name: 'typing', traceparent: STORED }, () =>
    writer.topics.producer.send(ROOM_EPHEMERAL, 0, [record]),
  );
  await expect.poll(namesInTrace).toEqual(['send room.ephemeral', 'typing']);
});

function namesInTrace(): string[] {
  return receiver
    .spansOf(TRACE)
    .map(({ name }) => name)
    .toSorted();
}
