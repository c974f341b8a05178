import { setTimeout as delay } from 'node:timers/promises';
import { FEDERATION_PDUS, ROOM_EVENTS } from '@plexus/topics';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';
import { waitUntil } from '../../support/servers/wait-until.ts';
import { openTopics, ROOM_SHARDS, TOPIC_PREFIX } from './open-topics.ts';
import { readStoredHistory } from './read-history.ts';
import type { Fault, Stage } from './stage.ts';

const WITHIN_MS = 90_000;
const ATTEMPT_MS = 10_000;

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
  const brokers = [deployment.addresses.kafka ?? ''];
  await waitUntil(`the end of ${name}`, WITHIN_MS, () => inTime((admin) => deleteTopic(admin, name), brokers));
  const topics = openTopics(deployment);
  const setups = [ROOM_EVENTS, FEDERATION_PDUS].filter((topic) => topic.name === name);
  try {
    await waitUntil(`a new ${name}`, WITHIN_MS, () =>
      topics.setUp(setups.map((topic) => ({ topic, partitions: ROOM_SHARDS }))).then(
        () => true,
        () => false,
      ),
    );
  } finally {
    await topics.close();
  }
}

/** @NOTE Brokers agree to a deletion before they have forgotten the topic: only then is a new one a new one. */
async function deleteTopic(admin: Admin, name: string): Promise<boolean> {
  const full = TOPIC_PREFIX + name;
  if (!(await admin.listTopics()).includes(full)) return true;
  await admin.deleteTopics({ topics: [full] });
  return false;
}

/** The outcome, or false where it fails or takes too long: the client may wait for ever. */
async function inTime(work: (admin: Admin) => Promise<boolean>, brokers: string[]): Promise<boolean> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  const outcome = admin.connect().then(() => work(admin));
  try {
    return await Promise.race([outcome, delay(ATTEMPT_MS, false)]);
  } catch {
    return false;
  } finally {
    void admin.disconnect().catch(() => undefined);
  }
}
