import { FakeTopicBroker, FakeTopics } from '@plexus/testing';
import { FEDERATION_PDUS } from '@plexus/topics';
import { expect, it } from 'vitest';
import { PduSink } from './pdu-sink.ts';

const clock = { now: () => 9, delay: () => Promise.resolve() };

it('hands events to the shards of their rooms, in their order, with who gave them and to whom', async () => {
  const broker = new FakeTopicBroker(clock);
  broker.create({ topic: FEDERATION_PDUS, partitions: 4 });
  const sink = new PduSink(new FakeTopics(broker).producer, clock);
  const pair = { origin: 'one.example', destination: 'far.example' };
  const pdu = (eventId: string, shard: number, isRedactedCopy = false) => ({
    event: { eventId, bytes: Buffer.from(eventId), isRedactedCopy, pdu: {}, depth: 1 },
    room: { roomId: `!room${shard}`, roomVersion: '11', shard },
    pair,
  });
  await sink.hand([pdu('$a', 1), pdu('$b', 2), pdu('$c', 1, true)]);
  const [first, last] = broker.read(FEDERATION_PDUS, 1, 0).map((record) => record.decode());
  expect([first?.eventId, ...broker.read(FEDERATION_PDUS, 2, 0).map((record) => record.decode().eventId)]).toEqual([
    '$a',
    '$b',
  ]);
  expect(last).toEqual({
    roomId: '!room1',
    roomVersion: '11',
    eventId: '$c',
    origin: 'far.example',
    destination: 'one.example',
    json: Buffer.from('$c'),
    contentHashMismatch: true,
    receivedAt: 9,
  });
});
