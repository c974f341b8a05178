import type { ConsumerConfig } from 'kafkajs';
import type { KafkaConnection } from './kafka-connection.ts';
import { CONSUMER_RETRY } from './kafka-connection.ts';

const MAX_WAIT_MS = 250;
const MAX_PARTITION_BYTES = 1024 * 1024;
const MAX_FETCH_BYTES = 8 * 1024 * 1024;

/**
 * @NOTE `maxWaitTimeInMs` does not delay records, which end a wait; it is how long a partition that is resumed, a member that leaves
 * and a heartbeat may have to wait for their turn.
 */
export function consumerConfig({ options }: KafkaConnection): Omit<ConsumerConfig, 'groupId'> {
  return {
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: options.sessionTimeoutMs,
    heartbeatInterval: options.heartbeatIntervalMs,
    maxWaitTimeInMs: Math.min(MAX_WAIT_MS, options.heartbeatIntervalMs),
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
