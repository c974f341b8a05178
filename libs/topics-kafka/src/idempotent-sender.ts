import type { PartitionerArgs, Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import type { KafkaConnection } from './kafka-connection.ts';

const ALL_IN_SYNC_REPLICAS = -1;

/** Every record names its own: the client's partitioners look at all partitions first. */
function partitionOf({ topic, message }: PartitionerArgs): number {
  if (message.partition === undefined) throw new TypeError(`a record of ${topic} names no partition`);
  return message.partition;
}

interface OpenProducer {
  readonly producer: Producer;
  flights: number;
  isRetired: boolean;
}

/**
 * Sends with an idempotent producer, and takes a new one after a failure.
 *
 * @NOTE The client numbers records per partition and gives the numbers of a failed send to the next one. Where the brokers had stored
 * the first after all, they would take the second for its repetition and drop it: so nothing is sent under a failed producer's id.
 */
export class IdempotentSender {
  readonly #connection: KafkaConnection;
  #open: Promise<OpenProducer> | undefined;

  constructor(connection: KafkaConnection) {
    this.#connection = connection;
  }

  async send(topicMessages: TopicMessages[]): Promise<RecordMetadata[]> {
    const opening = (this.#open ??= this.#connect());
    try {
      const open = await opening;
      return await sendOn(open, topicMessages, this.#connection.options.requestTimeoutMs);
    } catch (error) {
      await this.#retire(opening);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#open !== undefined) await this.#retire(this.#open);
  }

  async #connect(): Promise<OpenProducer> {
    const producer = this.#connection.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: () => partitionOf,
    });
    await producer.connect();
    return { producer, flights: 0, isRetired: false };
  }

  async #retire(opening: Promise<OpenProducer>): Promise<void> {
    if (this.#open === opening) this.#open = undefined;
    // Whoever opened it has the failure.
    const open = await opening.catch(() => undefined);
    if (open === undefined || open.isRetired) return;
    open.isRetired = true;
    if (open.flights === 0) await open.producer.disconnect();
  }
}

async function sendOn(open: OpenProducer, topicMessages: TopicMessages[], timeout: number): Promise<RecordMetadata[]> {
  open.flights += 1;
  try {
    return await open.producer.sendBatch({ acks: ALL_IN_SYNC_REPLICAS, timeout, topicMessages });
  } finally {
    open.flights -= 1;
    if (open.isRetired && open.flights === 0) await open.producer.disconnect();
  }
}
