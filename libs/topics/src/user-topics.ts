import { hash } from 'node:crypto';
import { UserStreamRecord } from './generated/plexus/topics/v1/user_events.ts';
import { codecOf } from './record-codec.ts';
import type { TopicDefinition } from './topic-definition.ts';

/** Hints that users' streams have advanced: key = user id. What is lost is swept. */
export const USER_EVENTS: TopicDefinition<UserStreamRecord> = {
  name: 'user.events',
  codec: codecOf(UserStreamRecord),
  ifLost: 'tolerable',
};

/** Topics by user have so many partitions, in every deployment. */
export const USER_PARTITIONS = 8;

/** The partition of a user's records. */
export function userPartitionOf(userId: string): number {
  return hash('sha256', userId, 'buffer').readUInt32BE(0) % USER_PARTITIONS;
}

/** The shard of an application service's queue: whoever is given a partition of `user.events` owns the shard of the same number. */
export function appserviceShardOf(appserviceId: string): number {
  return userPartitionOf(appserviceId);
}
