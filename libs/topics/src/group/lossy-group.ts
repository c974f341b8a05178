import type { RecordHandler } from '../consumer.ts';
import type { TopicDefinition } from '../topic-definition.ts';
import { TopicGroup } from './topic-group.ts';
import type { TopicGroupPorts } from './topic-group.ts';

export interface LossyGroupOptions<T> {
  readonly topic: TopicDefinition<T>;
  readonly partitions: number;
  readonly group: string;
  /** What this member is called among its like. */
  readonly address: string;
  readonly handler: RecordHandler<T>;
  /** Partitions are another member's now. */
  revoked?(): void;
}

/** Takes part in reading what may be lost: what is missed is gone, and said again by those who still mean it. */
export function lossyGroup<T>(
  ports: TopicGroupPorts,
  { topic, partitions, group, address, handler, revoked }: LossyGroupOptions<T>,
): TopicGroup<T> {
  return new TopicGroup(ports, [{ topic, partitions }], {
    topic,
    group,
    address,
    currentOwners: async () => new Map(),
    assigned: () => undefined,
    revoked: () => revoked?.(),
    startOffset: async () => 'latest',
    handler,
    isRelaxed: true,
  });
}
