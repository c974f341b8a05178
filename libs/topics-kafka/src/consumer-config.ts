import type { ConsumerConfig } from 'kafkajs';
import type { KafkaConnection } from './kafka-connection.ts';
import { CONSUMER_RETRY } from './kafka-connection.ts';
import type { KafkaTopicsOptions } from './kafka-settings.ts';

const PROMPT_WAIT_MS = 250;
const RELAXED_WAIT_MS = 1_000;
/** A relaxed member says so often within a session that it lives. */
const RELAXED_HEARTBEATS = 4;
const MAX_PARTITION_BYTES = 1024 * 1024;
const MAX_FETCH_BYTES = 8 * 1024 * 1024;

/**
 * How soon a member notices others that come and go. `prompt`: at once, because partitions carry ownership. `relaxed`: within a second or two; a
 * member that has nothing to read then wakes four times less often.
 */
export type ConsumerPace = 'prompt' | 'relaxed';

/**
 * @NOTE `maxWaitTimeInMs` does not delay records, which end a wait; it is how long a partition that is resumed, a member that leaves
 * and a heartbeat may have to wait for their turn.
 */
export function consumerConfig(
  { options }: { readonly options: Pick<KafkaTopicsOptions, 'sessionTimeoutMs' | 'heartbeatIntervalMs'> },
  pace: ConsumerPace = 'prompt',
): Omit<ConsumerConfig, 'groupId'> {
  const { sessionTimeoutMs: sessionTimeout } = options;
  const isRelaxed = pace === 'relaxed';
  const heartbeatInterval = isRelaxed
    ? Math.max(options.heartbeatIntervalMs, sessionTimeout / RELAXED_HEARTBEATS)
    : options.heartbeatIntervalMs;
  return {
    sessionTimeout,
    rebalanceTimeout: sessionTimeout,
    heartbeatInterval,
    maxWaitTimeInMs: Math.min(isRelaxed ? RELAXED_WAIT_MS : PROMPT_WAIT_MS, heartbeatInterval),
    minBytes: 1,
    maxBytesPerPartition: MAX_PARTITION_BYTES,
    maxBytes: MAX_FETCH_BYTES,
    allowAutoTopicCreation: false,
    retry: CONSUMER_RETRY,
  };
}

/** Longer than a rebalance and an unanswered request take: what lasts longer does not end by itself. */
export function stallMsOf({ options }: KafkaConnection): number {
  return 2 * options.sessionTimeoutMs + options.requestTimeoutMs;
}
