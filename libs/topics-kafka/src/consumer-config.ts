import type { ConsumerConfig } from 'kafkajs';
import type { KafkaConnection } from './kafka-connection.ts';
import { CONSUMER_RETRY } from './kafka-connection.ts';
import type { KafkaTopicsOptions } from './kafka-settings.ts';

const PROMPT_WAIT_MS = 250;
const RELAXED_WAIT_MS = 1_000;
const IDLE_WAIT_MS = 5_000;
/** An idle wait leaves so many times its length to a request: one that hangs is noticed all the same. */
const WAITS_PER_REQUEST = 2;
/** A relaxed member says so often within a session that it lives. */
const RELAXED_HEARTBEATS = 3;
const MAX_PARTITION_BYTES = 1024 * 1024;
const MAX_FETCH_BYTES = 8 * 1024 * 1024;

/**
 * How soon a member notices others that come and go. `prompt`: at once, because partitions carry ownership. `relaxed`: within a second or two; it then
 * gives signs of life less often.
 */
export type ConsumerPace = 'prompt' | 'relaxed';

/** Of a consumer of the patched client. */
interface IdleWait {
  readonly idleWaitTimeInMs: number;
}

type GroupTimes = Pick<KafkaTopicsOptions, 'sessionTimeoutMs' | 'heartbeatIntervalMs' | 'requestTimeoutMs'>;

/**
 * @NOTE No wait delays records, which end it. `maxWaitTimeInMs` is how long a partition that is resumed may have to wait for its turn. Where none is
 * paused a fetch waits for `idleWaitTimeInMs`: heartbeats go on meanwhile, and a rebalance, a seek or the end of the consumer ends it.
 */
export function consumerConfig(
  { options }: { readonly options: GroupTimes },
  pace: ConsumerPace = 'prompt',
): Omit<ConsumerConfig, 'groupId'> & IdleWait {
  const { sessionTimeoutMs: sessionTimeout, requestTimeoutMs } = options;
  const isRelaxed = pace === 'relaxed';
  const heartbeatInterval = isRelaxed
    ? Math.max(options.heartbeatIntervalMs, sessionTimeout / RELAXED_HEARTBEATS)
    : options.heartbeatIntervalMs;
  return {
    sessionTimeout,
    rebalanceTimeout: sessionTimeout,
    heartbeatInterval,
    maxWaitTimeInMs: Math.min(isRelaxed ? RELAXED_WAIT_MS : PROMPT_WAIT_MS, heartbeatInterval),
    idleWaitTimeInMs: Math.min(IDLE_WAIT_MS, Math.floor(requestTimeoutMs / WAITS_PER_REQUEST)),
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
