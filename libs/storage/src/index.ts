export { roomShardOf } from './room-shard.ts';
export { StorageError } from './storage-error.ts';
export type { EventStatus, RoomLogKind, RoomLogRow, RoomRecord, StoredEvent } from './rooms/room-records.ts';
export type { RoomLogRangeQuery, RoomReader, TimelinePageQuery, TimelinePlace } from './rooms/room-reader.ts';
export type { UserRoom, UserRoomReader } from './rooms/user-room-reader.ts';
