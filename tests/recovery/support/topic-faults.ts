import { FEDERATION_PDUS, ROOM_EVENTS } from '@plexus/topics';
import { Kafka, logLevel } from 'kafkajs';
import { waitUntil } from '../../support/servers/wait-until.ts';
import { openTopics, ROOM_SHARDS, TOPIC_PREFIX } from './open-topics.ts';
import { readStoredHistory } from './read-history.ts';
import type { Fault, Stage } from './stage.ts';

const WITHIN_MS = 90_000;

/** The room log's topic is deleted and made anew: what it had is in Postgres. */
export const recreateRoomEvents: Fault = {
  name: `${ROOM_EVENTS.name} is deleted and made anew`,
  inflict: (stage) => recreate(stage, ROOM_EVENTS.name),
};

/** The topic of PDUs is deleted when all that it had is stored, as an operator must wait for, and made anew. */
export const recreateFederationPdus: Fault = {
  name: `${FEDERATION_PDUS.name} is deleted and made anew`,
  inflict: (stage) =>
    stage.workload.whileRemoteIsSilent(async () => {
      await waitUntil('all PDUs are stored', WITHIN_MS, async () => isAllStored(stage));
      await recreate(stage, FEDERATION_PDUS.name);
    }),
};

async function isAllStored({ deployment, workload }: Stage): Promise<boolean> {
  const { log } = await readStoredHistory(deployment);
  const stored = new Set(log.map(({ eventId }) => eventId));
  return workload.remotelyAcknowledged.every((eventId) => stored.has(eventId));
}

async function recreate({ deployment }: Stage, name: string): Promise<void> {
  const kafka = new Kafka({ brokers: [deployment.addresses.kafka ?? ''], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [TOPIC_PREFIX + name] });
  } finally {
    await admin.disconnect();
  }
  const topics = openTopics(deployment);
  const setups = [ROOM_EVENTS, FEDERATION_PDUS].map((topic) => ({ topic, partitions: ROOM_SHARDS }));
  try {
    await waitUntil(`a new ${name}`, WITHIN_MS, () =>
      topics.setUp(setups.filter(({ topic }) => topic.name === name)).then(
        () => true,
        () => false,
      ),
    );
  } finally {
    await topics.close();
  }
}
