import type { Clock } from '@plexus/matrix-base';
import type { DeliveryLimits, PartitionSource, RecordHandler, StartOffset, TopicDefinition } from '@plexus/topics';
import { PartitionPull } from '@plexus/topics';
import type { DurableLog } from './durable-log.ts';
import type { ReadPartitions } from './read-partitions.ts';

export interface DurablePartitionsOptions<T> {
  readonly topic: TopicDefinition<T>;
  readonly log: DurableLog;
  readonly partitions: number;
  readonly handler: RecordHandler<T>;
  readonly clock: Clock;
  readonly limits: DeliveryLimits;
  readonly startOffset: (partition: number, incarnation: string) => Promise<StartOffset>;
  /** Calls back when a partition of the topic may have something new; gives back how to end that. */
  readonly listen: (wake: (partition: number) => void) => () => void;
}

/** Delivers a topic that is kept in the database. */
export function readDurableTopic<T>(options: DurablePartitionsOptions<T>): ReadPartitions {
  const { topic, log } = options;
  const source: PartitionSource<T> = {
    readEdges: (partition) => log.readEdges(topic.name, partition),
    readRecords: (partition, from) => log.readRecords(topic, partition, from),
  };
  const pulls = Array.from({ length: options.partitions }, (_, partition) => {
    return new PartitionPull({ ...options, source, partition });
  });
  const endListening = options.listen((partition) => pulls[partition]?.wake());
  return {
    delivery: (partition) => pulls[partition]?.delivery,
    lag: () => pulls.flatMap(({ delivery }) => delivery.lag() ?? []),
    async stop() {
      endListening();
      await Promise.all(pulls.map((pull) => pull.stop()));
    },
  };
}
