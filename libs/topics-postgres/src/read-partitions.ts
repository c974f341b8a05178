import type { PartitionLag } from '@plexus/topics';

/** All partitions of a topic while they are delivered to one handler. */
export interface ReadPartitions {
  delivery(partition: number): { pause(): void; resume(): void } | undefined;
  lag(): PartitionLag[];
  stop(): Promise<void>;
}
