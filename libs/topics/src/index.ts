export { RoomLogKind, RoomLogRecord } from './generated/plexus/topics/v1/room_events.ts';
export type { ChangedStateKey, LoggedEvent } from './generated/plexus/topics/v1/room_events.ts';
