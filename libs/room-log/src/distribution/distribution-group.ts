import { ROOM_EVENTS, TopicGroup } from '@plexus/topics';
import type { RoomLogRecord, TopicGroupPorts, TopicSetup } from '@plexus/topics';
import type { DistributeLog } from './distribute-log.ts';

export interface DistributionGroupOptions {
  readonly group: string;
  /** What this member is called among its like. */
  readonly address: string;
  readonly roomShards: number;
  /** Topics that have to be there beside `room.events`. */
  readonly besides?: readonly TopicSetup[];
}

/** Takes part in distributing the room log: each shard by one member. */
export function distributionGroup(
  ports: TopicGroupPorts,
  distribute: DistributeLog,
  { group, address, roomShards, besides = [] }: DistributionGroupOptions,
): TopicGroup<RoomLogRecord> {
  return new TopicGroup(ports, [{ topic: ROOM_EVENTS, partitions: roomShards }, ...besides], {
    topic: ROOM_EVENTS,
    group,
    address,
    currentOwners: async () => new Map(),
    assigned: () => undefined,
    revoked: (partitions) => distribute.drop(partitions),
    // What was appended before is in Postgres: the sweep, or the first record, has it read.
    startOffset: async (partition) => {
      await distribute.take([partition]);
      return 'latest';
    },
    handler: distribute,
  });
}
