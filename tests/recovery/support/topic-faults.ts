import { setTimeout as delay } from 'node:timers/promises';
import { FEDERATION_OUTBOUND, FEDERATION_PDUS, ROOM_EVENTS } from '@plexus/topics';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';
import { waitUntil } from '../../support/servers/wait-until.ts';
import { brokersOf, topicName } from './open-topics.ts';
import { readStoredHistory } from './read-history.ts';
import type { Fault, Scene, Stage } from './stage.ts';

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

/** What goes to other servers is deleted before it is read: what it was is in Postgres. */
export const recreateFederationOutbound: Fault<Scene> = {
  name: `${FEDERATION_OUTBOUND.name} is deleted and made anew`,
  inflict: (scene) => recreate(scene, FEDERATION_OUTBOUND.name),
};

/** Who reads a topic of its own makes it again where it is missing. */
async function recreate({ deployment }: Scene, name: string): Promise<void> {
  const brokers = brokersOf(deployment);
  const deleted = new Set<string>();
  const topic = topicName(deployment, name);
  await waitUntil(`a new ${name}`, WITHIN_MS, () => inTime((admin) => isAnother(admin, topic, deleted), brokers));
}

/** @NOTE Brokers agree to a deletion before they have forgotten the topic: only its id tells whether it is the one that was there before. */
async function isAnother(admin: Admin, topic: string, deleted: Set<string>): Promise<boolean> {
  if (!(await admin.listTopics()).includes(topic)) return false;
  const [found] = await admin.fetchTopicIds({ topics: [topic] });
  if (found === undefined || deleted.has(found.topicId)) return false;
  if (deleted.size > 0) return true;
  await admin.deleteTopics({ topics: [topic] });
  deleted.add(found.topicId);
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
