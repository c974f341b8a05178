export type { RoomVersion, RoomVersionRules } from './room-version/rules.ts';
export { DEFAULT_ROOM_VERSION, findRoomVersion, ROOM_VERSIONS } from './room-version/versions.ts';
export type { Pdu, RoomEvent, StateKey } from './pdu/pdu.ts';
