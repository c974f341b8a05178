import { randomUUID } from 'node:crypto';
import { ROOM_EVENTS } from '@plexus/topics';
import type { RoomLogRecord } from '@plexus/topics';
import { Kafka, logLevel } from 'kafkajs';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { waitUntil } from '../../support/servers/wait-until.ts';
import { brokersOf, topicName } from './open-topics.ts';

const WITHIN_MS = 60_000;

/** Everything that is in `room.events`. */
export async function readPublished(deployment: Deployment): Promise<RoomLogRecord[]> {
  const topic = topicName(deployment, ROOM_EVENTS.name);
  const kafka = new Kafka({ brokers: brokersOf(deployment), logLevel: logLevel.NOTHING });
  const [admin, consumer] = [kafka.admin(), kafka.consumer({ groupId: randomUUID() })];
  try {
    await Promise.all([admin.connect(), consumer.connect()]);
    const ends = new Map(
      (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]),
    );
    const records: RoomLogRecord[] = [];
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        if (Number(message.offset) >= (ends.get(partition) ?? 0)) return;
        records.push(ROOM_EVENTS.codec.decode(message.value ?? Buffer.alloc(0)));
      },
    });
    const all = [...ends.values()].reduce((sum, end) => sum + end, 0);
    await waitUntil('all records of the room log', WITHIN_MS, () => records.length >= all);
    return records;
  } finally {
    await consumer.disconnect();
    await admin.disconnect();
  }
}

/** Positions that were given twice within a generation, one sentence each; and that the last generation is what is stored. */
export function checkPublished(records: readonly RoomLogRecord[]): string[] {
  const given = new Map<string, string>();
  const twice = new Set<string>();
  for (const { generation, shard, position, event, kind } of records) {
    const place = `position ${position} of shard ${shard} in generation ${generation}`;
    const what = event?.eventId ?? `kind ${kind}`;
    const before = given.get(place);
    if (before !== undefined && before !== what) twice.add(`${place} was given to ${before} and to ${what}`);
    given.set(place, what);
  }
  return [...twice];
}
