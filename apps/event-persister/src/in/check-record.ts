import { isRoomId } from '@plexus/matrix-base';
import { FEDERATION_PDUS } from '@plexus/topics';
import type { FederationPduRecord, TopicRecord, UndecodableRecord } from '@plexus/topics';
import type { SetAsideRecord } from '../pdus/set-aside-item.ts';
import { noRoomOf } from '../shards/no-room.ts';

export type ShardOf = (roomId: string) => number;

/** What is to be set aside of a record, if its shard's rooms cannot take it: then it would be refused at every repetition. */
export function checkRecord(record: TopicRecord<FederationPduRecord>, shardOf: ShardOf): SetAsideRecord | undefined {
  const { partition: shard, offset, value } = record;
  const { roomId, eventId, origin } = value;
  const because = findFault(value, shard, shardOf);
  if (because === undefined) return undefined;
  const bytes = FEDERATION_PDUS.codec.encode(value);
  const itsRoom = roomOf(roomId, shard, shardOf);
  return { shard, offset, roomId: itsRoom, eventId, origin, because, bytes };
}

/** What is to be set aside of a record that cannot be read: all that is known of its room is the key. */
export function setAsideUndecodable(record: UndecodableRecord, shardOf: ShardOf): SetAsideRecord {
  const { partition: shard, offset, key, bytes, error } = record;
  const because = `the record with the key ${JSON.stringify(key)} cannot be read: ${String(error)}`;
  return { shard, offset, roomId: roomOf(key, shard, shardOf), because, bytes };
}

function findFault(value: FederationPduRecord, shard: number, shardOf: ShardOf): string | undefined {
  const { roomId, eventId, origin, destination, roomVersion } = value;
  if (!isRoomId(roomId) || roomId.includes('\0')) return `${JSON.stringify(roomId)} is not the id of a room`;
  if (shardOf(roomId) !== shard) return `${roomId} is a room of shard ${shardOf(roomId)}`;
  if ([eventId, origin, destination, roomVersion].some((text) => text.includes('\0'))) return 'an id holds a NUL';
  return undefined;
}

function roomOf(text: string, shard: number, shardOf: ShardOf): string {
  const isOfShard = isRoomId(text) && !text.includes('\0') && shardOf(text) === shard;
  return isOfShard ? text : noRoomOf(shard);
}
