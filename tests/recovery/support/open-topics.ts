import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { systemClock } from '@plexus/service-shell';
import { KafkaTopics } from '@plexus/topics-kafka';
import type { Topics } from '@plexus/topics';

/** As the deployment is launched where nothing else is said. */
export const ROOM_SHARDS = 16;

/**
 * The topics of a distributed deployment as one more process sees them, on the straight way to Kafka.
 *
 * @NOTE Nothing of the kind is possible in the embedded mode: its topics are for the one process alone.
 */
export function openTopics(deployment: Deployment): Topics {
  return new KafkaTopics({
    brokers: brokersOf(deployment),
    clientId: 'remote',
    topicPrefix: topicName(deployment, ''),
    replicationFactor: 1,
    sessionTimeoutMs: 6_000,
    heartbeatIntervalMs: 1_000,
    connectionTimeoutMs: 2_000,
    requestTimeoutMs: 10_000,
    clock: systemClock,
    log: () => {},
  });
}

/** The addresses of the brokers, of which there may be several. */
export function brokersOf({ addresses }: Pick<Deployment, 'addresses'>): string[] {
  return (addresses.kafka ?? '').split(',');
}

/** What Kafka calls a topic of the deployment. */
export function topicName({ prefix = 'plexus' }: Pick<Deployment, 'prefix'>, name: string): string {
  return `${prefix}.${name}`;
}
