export { RoomLogFollower } from './room-log-follower.ts';
export type { RoomLogFollowerOptions, RoomLogHandler, RoomLogStart } from './room-log-follower.ts';
export type { Protections } from './shard-follower.ts';
export { sizeOfRow } from './logged-row.ts';
export type { LoggedEvent, LoggedRow, LoggedUnread, MemberChange, StateKeyChange } from './logged-row.ts';
export type { WantsMember } from './wants-member.ts';
export { lastEventAt } from './last-event-at.ts';
export { rowFromRecord } from './row-from-record.ts';
export { rowsFromStorage } from './rows-from-storage.ts';
