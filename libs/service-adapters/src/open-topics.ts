import { clientTls, findTracing } from '@plexus/service-shell';
import type { Logger, Shell, TopicsSettings } from '@plexus/service-shell';
import type { PostgresDatabase } from '@plexus/storage-postgres';
import {
  FEDERATION_PDUS,
  PRESENCE_EVENTS,
  ROOM_EPHEMERAL,
  ROOM_EVENTS,
  ROOM_GAPS,
  USER_EVENTS,
  USER_PARTITIONS,
} from '@plexus/topics';
import type { Topics } from '@plexus/topics';
import { KafkaTopics } from '@plexus/topics-kafka';
import type { KafkaTopicsOptions } from '@plexus/topics-kafka';
import { PostgresTopics } from '@plexus/topics-postgres';
import { reportTopics } from './report-topics.ts';
import { TracedTopics } from './tracing/traced-topics.ts';

/**
 * The topics of this deployment; they end with the shell. Kafka's are set up by those who write them, whenever Kafka can be reached; ours
 * are set up here, since nothing else has to be there for that.
 */
export async function openTopics(shell: Shell, rooms: PostgresDatabase, roomShards: number): Promise<Topics> {
  const topics = shell.config.topics.adapter === 'kafka' ? openKafka(shell) : openPostgres(shell, rooms);
  shell.shutdown.onStop('topics', () => topics.close());
  if (topics instanceof PostgresTopics) {
    const byRoom = [ROOM_EVENTS, FEDERATION_PDUS, ROOM_GAPS, ROOM_EPHEMERAL, PRESENCE_EVENTS].map((topic) => {
      return { topic, partitions: roomShards };
    });
    await topics.setUp([...byRoom, { topic: USER_EVENTS, partitions: USER_PARTITIONS }]);
  }
  const reported = reportTopics(shell.registry, topics);
  return findTracing() === undefined ? reported : new TracedTopics(reported, shell.tracedRows);
}

function openPostgres({ clock }: Shell, rooms: PostgresDatabase): Topics {
  return new PostgresTopics({ database: rooms, clock });
}

export function openKafka({ config, clock, logger }: Pick<Shell, 'config' | 'clock' | 'logger'>): KafkaTopics {
  const { kafka } = config.topics;
  return new KafkaTopics({
    brokers: kafka.brokers,
    clientId: kafka.client_id,
    topicPrefix: kafka.topic_prefix,
    replicationFactor: kafka.replication_factor,
    sessionTimeoutMs: kafka.session_timeout,
    heartbeatIntervalMs: kafka.heartbeat_interval,
    connectionTimeoutMs: kafka.connection_timeout,
    requestTimeoutMs: kafka.request_timeout,
    ...security(kafka, logger),
    clock,
    log: (level, message, details) => logger[level](message, details),
  });
}

function security({ tls, sasl }: TopicsSettings['kafka'], logger: Logger): Pick<KafkaTopicsOptions, 'tls' | 'sasl'> {
  const login = sasl && {
    mechanism: sasl.mechanism,
    username: sasl.username,
    // The client has this object by reference, and asks for each connection anew.
    get password() {
      return sasl.password?.reveal() ?? '';
    },
  };
  return { ...(tls && { tls: clientTls(tls, { peer: 'Kafka', logger }) }), ...(login && { sasl: login }) };
}
