import type { ITopicMetadata, RetryOptions, SeekEntry } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';
import { TopicError } from '@plexus/topics';
import { brokerName, connectBroker } from './connect-broker.ts';
import type { KafkaTopicsOptions } from './kafka-settings.ts';

/** Between which offsets a partition has records. */
export interface PartitionOffsets {
  readonly partition: number;
  readonly earliest: number;
  readonly latest: number;
}

const RETRY: RetryOptions = { initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries: 5 };

/** @NOTE Consumers are begun anew by their session after a few failures: it knows better what happened meanwhile. */
export const CONSUMER_RETRY: RetryOptions & { restartOnFailure: () => Promise<boolean> } = {
  ...RETRY,
  retries: 3,
  restartOnFailure: async () => false,
};

/** The way to the brokers, and the questions that every part of this adapter asks them. */
export class KafkaConnection {
  readonly kafka: Kafka;
  readonly options: KafkaTopicsOptions;

  constructor(options: KafkaTopicsOptions) {
    this.options = options;
    this.kafka = new Kafka({
      brokers: options.brokers.map(brokerName),
      socketFactory: connectBroker,
      clientId: options.clientId,
      connectionTimeout: options.connectionTimeoutMs,
      authenticationTimeout: options.connectionTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      retry: RETRY,
      logLevel: logLevel.WARN,
      logCreator: () => (entry) => this.#log(entry.level, entry.log),
      ...(options.tls === undefined ? {} : { ssl: options.tls }),
      ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    });
  }

  /** The topic's or group's name on the brokers. */
  nameOf(name: string): string {
    return this.options.topicPrefix + name;
  }

  /** Runs `work` with a connection for administration, which is closed after it. */
  async administer<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin({ retry: RETRY });
    try {
      await admin.connect();
      return await work(admin);
    } catch (error) {
      throw asTopicError(error, 'Kafka cannot be asked');
    } finally {
      await admin.disconnect();
    }
  }

  /** Undefined where there is no such topic. */
  async findTopic(name: string): Promise<ITopicMetadata | undefined> {
    const found = await this.#describeTopics([name]);
    return found?.[0];
  }

  /** Those of these topics that are there. They are asked for at once, and one by one only where one is missing: no answer says which. */
  async findTopics(names: readonly string[]): Promise<ITopicMetadata[]> {
    const all = await this.#describeTopics(names);
    if (all !== undefined) return all;
    const each = await Promise.all(names.map((name) => this.findTopic(name)));
    return each.filter((topic) => topic !== undefined);
  }

  /** Tells this making of the topic from others of the same name. */
  fetchIncarnation(name: string): Promise<string> {
    return this.administer(async (admin) => {
      const [topic] = await admin.fetchTopicIds({ topics: [this.nameOf(name)] });
      if (topic === undefined) throw new TopicError('unknown-topic', `there is no topic ${name}`);
      return topic.topicId;
    });
  }

  fetchOffsets(name: string): Promise<PartitionOffsets[]> {
    return this.administer(async (admin) => {
      const offsets = await admin.fetchTopicOffsets(this.nameOf(name));
      return offsets.map(({ partition, low, high }) => ({ partition, earliest: Number(low), latest: Number(high) }));
    });
  }

  /** @NOTE The client knows the leader of a partition only of topics that it was asked about before. */
  async trim(name: string, entry: SeekEntry): Promise<void> {
    const topic = this.nameOf(name);
    await this.administer(async (admin) => {
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [entry] });
    });
  }

  /** Undefined where one of them is missing. */
  async #describeTopics(names: readonly string[]): Promise<ITopicMetadata[] | undefined> {
    try {
      const wanted = names.map((name) => this.nameOf(name));
      return await this.administer(async (admin) => (await admin.fetchTopicMetadata({ topics: wanted })).topics);
    } catch (error) {
      if (isUnknownTopic(error)) return undefined;
      throw error;
    }
  }

  #log(level: logLevel, { message, ...details }: { message: string; [key: string]: unknown }): void {
    this.options.log?.(level === logLevel.WARN ? 'warn' : 'error', message, details);
  }
}

/** What the client throws, as the port has it. */
export function asTopicError(error: unknown, what: string): TopicError {
  if (error instanceof TopicError) return error;
  return new TopicError('unavailable', `${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}

/** Whether the brokers said that there is no such topic. */
export function isUnknownTopic(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isIt = 'type' in error && error.type === 'UNKNOWN_TOPIC_OR_PARTITION';
  return isIt || isUnknownTopic(error.cause);
}
