/** Names under which Nest knows ports, which have no class. */
export const HOSTED_SERVERS = Symbol('HostedServers');
export const ROOM_SIZES = Symbol('RoomSizes');
