import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '@plexus/matrix-base';
import type { DeliveryLimits } from '@plexus/topics';
import type { SASLOptions } from 'kafkajs';

export interface KafkaTopicsOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Put before every topic and group name. */
  readonly topicPrefix: string;
  /** Of topics that are made here. */
  readonly replicationFactor: number;
  /** A member that is silent for so long has died: its partitions go to others. */
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly connectionTimeoutMs: number;
  /** A broker that owes an answer for so long is asked again over a new connection. */
  readonly requestTimeoutMs: number;
  /** Read for each connection anew, by reference. */
  readonly tls?: ConnectionOptions;
  /** Read for each connection anew, by reference. */
  readonly sasl?: SASLOptions;
  readonly clock: Clock;
  readonly limits?: Partial<DeliveryLimits>;
  /** Told what the client warns of; what fails is also told to whom it concerns. */
  readonly log?: (level: 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>) => void;
}
