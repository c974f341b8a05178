import type { OutgoingRecord, Producer, ProducerDepth, TopicDefinition } from '@plexus/topics';
import { TopicError } from '@plexus/topics';
import type { Message, RecordMetadata } from 'kafkajs';
import { IdempotentSender } from './idempotent-sender.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { asTopicError } from './kafka-connection.ts';
import { toMessage } from './kafka-messages.ts';
import { PartitionLeaders } from './partition-leaders.ts';

interface WaitingSend {
  readonly messages: readonly Message[];
  readonly bytes: number;
  readonly since: number;
  readonly resolve: (firstOffset: number) => void;
  readonly reject: (error: unknown) => void;
}

/** What goes to one partition; one send of it is under way at a time. */
interface Lane {
  readonly topic: string;
  readonly partition: number;
  readonly waiting: WaitingSend[];
  flying: readonly WaitingSend[];
}

const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
const MAX_FLIGHT_BYTES = 512 * 1024;

/**
 * Sends what waits for all partitions of a broker in one request, and collects meanwhile what comes next:
 *
 *     send ──> lane of the partition ──┐
 *     send ──> lane of the partition ──┼──> a flight per leading broker ──> acknowledged by all in-sync replicas
 *     send ──> lane of the partition ──┘
 *
 * A broker has one flight in the air at a time: with several, one that dies leaves them in any order, and the client would send one after the other
 * anyway. A broker that does not answer holds up only the partitions that it leads.
 */
export class KafkaProducer implements Producer {
  readonly #connection: KafkaConnection;
  readonly #sender: IdempotentSender;
  readonly #leaders: PartitionLeaders;
  readonly #lanes = new Map<string, Lane>();
  /** Brokers to which a flight is in the air. */
  readonly #awaited = new Set<number>();
  readonly #work = new Set<Promise<void>>();
  #queuedBytes = 0;
  #isScheduled = false;
  #isClosed = false;

  constructor(connection: KafkaConnection) {
    this.#connection = connection;
    this.#sender = new IdempotentSender(connection);
    this.#leaders = new PartitionLeaders(connection);
  }

  async send<T>(topic: TopicDefinition<T>, partition: number, records: readonly OutgoingRecord<T>[]): Promise<number> {
    if (this.#isClosed) throw new TopicError('closed', 'the topics are closed');
    const encoded = records.map((record) => toMessage(topic, partition, record));
    const bytes = encoded.reduce((sum, record) => sum + record.bytes, 0);
    if (this.#queuedBytes + bytes > MAX_QUEUED_BYTES)
      throw new TopicError('queue-full', `too much waits for ${topic.name}`);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const messages = encoded.map(({ message }) => message);
    this.#queuedBytes += bytes;
    this.#lane(topic.name, partition).waiting.push({ messages, bytes, since: this.#now(), resolve, reject });
    this.#schedule();
    return promise;
  }

  depth(): ProducerDepth[] {
    const sends = [...this.#lanes.values()].flatMap(({ topic, waiting, flying }) => {
      return [...flying, ...waiting].map((send) => ({ topic, ...send }));
    });
    return [...Map.groupBy(sends, ({ topic }) => topic)].map(([topic, own]) => ({
      topic,
      records: own.reduce((sum, { messages }) => sum + messages.length, 0),
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      oldestAgeMs: this.#now() - Math.min(...own.map(({ since }) => since)),
    }));
  }

  /** Sends what waits, and then nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#isScheduled || this.#work.size > 0) await Promise.all([Promise.resolve(), ...this.#work]);
    await this.#sender.close();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const ready = [...this.#lanes.values()].filter(({ waiting, flying }) => waiting.length > 0 && flying.length === 0);
    const byLeader = Map.groupBy(ready, ({ topic, partition }) => this.#leaders.known(topic, partition));
    for (const [leader, lanes] of byLeader) {
      if (leader !== undefined && this.#awaited.has(leader)) continue;
      for (const lane of lanes) lane.flying = takeFlight(lane.waiting);
      if (leader !== undefined) this.#track(this.#flyTo(leader, lanes));
      else for (const lane of lanes) this.#track(this.#flyUnlocated(lane));
    }
  }

  /** What comes meanwhile for the same broker waits for the next flight. */
  async #flyTo(leader: number, lanes: readonly Lane[]): Promise<void> {
    this.#awaited.add(leader);
    await this.#fly(lanes);
    this.#awaited.delete(leader);
    this.#schedule();
  }

  async #flyUnlocated(lane: Lane): Promise<void> {
    try {
      await this.#leaders.locate(lane.topic, lane.partition);
    } catch (error) {
      return this.#land(lane, (send) => send.reject(error));
    }
    await this.#fly([lane]);
  }

  async #fly(lanes: readonly Lane[]): Promise<void> {
    try {
      const byTopic = Map.groupBy(lanes, ({ topic }) => topic);
      const acknowledged = await this.#sender.send(
        [...byTopic].map(([topic, own]) => ({
          topic: this.#connection.nameOf(topic),
          messages: own.flatMap(({ flying }) => flying.flatMap(({ messages }) => messages)),
        })),
      );
      for (const lane of lanes) this.#acknowledge(lane, acknowledged);
    } catch (error) {
      const failure = asTopicError(error, 'Kafka did not take records');
      for (const lane of lanes) this.#leaders.forget(lane.topic);
      for (const lane of lanes) this.#land(lane, (send) => send.reject(failure));
    }
  }

  #acknowledge(lane: Lane, acknowledged: readonly RecordMetadata[]): void {
    const name = this.#connection.nameOf(lane.topic);
    const own = acknowledged.find(({ topicName, partition }) => topicName === name && partition === lane.partition);
    let next = Number(own?.baseOffset);
    this.#land(lane, ({ messages, resolve }) => {
      resolve(next);
      next += messages.length;
    });
  }

  #land(lane: Lane, settle: (send: WaitingSend) => void): void {
    const { flying } = lane;
    lane.flying = [];
    for (const send of flying) this.#queuedBytes -= send.bytes;
    flying.forEach(settle);
    if (lane.waiting.length > 0) this.#schedule();
    else this.#lanes.delete(laneKey(lane.topic, lane.partition));
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  #lane(topic: string, partition: number): Lane {
    const key = laneKey(topic, partition);
    const lane = this.#lanes.get(key) ?? { topic, partition, waiting: [], flying: [] };
    this.#lanes.set(key, lane);
    return lane;
  }

  #now(): number {
    return this.#connection.options.clock.now();
  }
}

function laneKey(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

function takeFlight(waiting: WaitingSend[]): WaitingSend[] {
  let bytes = 0;
  const tooMuch = waiting.findIndex((send, index) => {
    bytes += send.bytes;
    return index > 0 && bytes > MAX_FLIGHT_BYTES;
  });
  return waiting.splice(0, tooMuch < 0 ? waiting.length : tooMuch);
}
