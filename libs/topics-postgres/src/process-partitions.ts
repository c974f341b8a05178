import type { Clock } from '@plexus/matrix-base';
import type { ArrivedRecord, DeliveryLimits, GroupConsumerOptions, RecordHandler } from '@plexus/topics';
import { PartitionDelivery } from '@plexus/topics';
import type { HandedRecord, ProcessTopic } from './process-topic.ts';
import type { ReadPartitions } from './read-partitions.ts';

export interface ProcessPartitionsOptions<T> {
  readonly source: ProcessTopic;
  readonly partitions: number;
  readonly incarnation: string;
  readonly handler: RecordHandler<T>;
  readonly clock: Clock;
  readonly limits: DeliveryLimits;
  /** Where the caller wants to be asked before the first record. */
  readonly startOffset?: GroupConsumerOptions<T>['startOffset'];
}

/** Nothing is encoded here, and so nothing can be undecodable. */
const NOTHING = new Uint8Array(0);

/** Delivers a topic of this process, from now on. When too much waits, the oldest of it is forgotten. */
export function readProcessTopic<T>(options: ProcessPartitionsOptions<T>): ReadPartitions {
  const { source, incarnation, startOffset } = options;
  const stopped = new AbortController();
  const deliveries = Array.from({ length: options.partitions }, (_, partition) => {
    const delivery = new PartitionDelivery({ ...options, partition });
    delivery.start(source.nextOffset(partition), incarnation);
    return delivery;
  });
  const endListening = source.listen((partition, records, nextOffset) => {
    const delivery = deliveries[partition];
    delivery?.push(records.map(arrivedRecord), nextOffset);
    delivery?.dropOverflow();
  });
  if (startOffset !== undefined) for (const delivery of deliveries) void holdUntilAsked(delivery);

  /** @NOTE All who send to a topic and listen to it are of one type. */
  function arrivedRecord(handed: HandedRecord): ArrivedRecord<T> {
    const { offset, key, headers, appendedAt, byteLength, value } = handed;
    return { offset, key, headers, appendedAt, byteLength, bytes: NOTHING, decode: () => value as T };
  }

  /** What comes before the answer waits for it; where the answer says to begin, nothing older is here. */
  async function holdUntilAsked(delivery: PartitionDelivery<T>): Promise<void> {
    const { handler, clock, limits } = options;
    delivery.pause();
    for (
      let retryMs = limits.firstRetryMs;
      !stopped.signal.aborted;
      retryMs = Math.min(retryMs * 2, limits.lastRetryMs)
    ) {
      try {
        await startOffset?.(delivery.partition, incarnation);
        return delivery.resume();
      } catch (error) {
        handler.failed(error, delivery.partition);
        await clock.delay(retryMs, stopped.signal);
      }
    }
  }

  return {
    delivery: (partition) => deliveries[partition],
    lag: () => deliveries.flatMap((delivery) => delivery.lag() ?? []),
    async stop() {
      endListening();
      stopped.abort();
      await Promise.all(deliveries.map((delivery) => delivery.stop()));
    },
  };
}
