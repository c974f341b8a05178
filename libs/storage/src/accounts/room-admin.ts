/** A hosted user with a membership in a room. */
export interface RoomUser {
  readonly userId: string;
  readonly membership: string;
}

export interface RoomUserQuery {
  readonly memberships: readonly string[];
  /** Only users of this hosted server. */
  readonly serverName: string | undefined;
  /** A user id; exclusive. */
  readonly after: string;
  readonly limit: number;
}

/** What the accounts area knows of a room, for those who administer it. */
export interface RoomAdminRepository {
  /** A page of hosted users in the order of their ids. */
  listUsersOfRoom(roomId: string, query: RoomUserQuery): Promise<RoomUser[]>;
  /** Devices of hosted users who are joined; of one hosted server where one is named. */
  countDevicesInRoom(roomId: string, serverName: string | undefined): Promise<number>;
  /** Whether the room is in the directory of any hosted server, or of this one. */
  isPublished(roomId: string, serverName: string | undefined): Promise<boolean>;
  /** Ids of all rooms in the directories of hosted servers, or of this one. */
  listPublishedRooms(serverName: string | undefined): Promise<string[]>;
  /** Whether all hosted users who had anything to do with the room have left and forgotten it. */
  isForgotten(roomId: string): Promise<boolean>;
  listAliasesOfRoom(roomId: string, serverName: string | undefined): Promise<string[]>;
  /** Makes an alias name another room, if it names this one. */
  moveAlias(roomAlias: string, from: string, to: string): Promise<void>;
  /** Takes the room's aliases and its places in directories away; of one hosted server where one is named. Returns the aliases. */
  removeRoomNames(roomId: string, serverName: string | undefined): Promise<readonly string[]>;
}
