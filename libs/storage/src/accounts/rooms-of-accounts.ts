/** A create event that was built and signed before the room's owner was asked. */
export interface RoomCreation {
  readonly commandId: string;
  readonly roomId: string;
  /** Canonical JSON. */
  readonly createEvent: Buffer;
}

export interface RoomCreationRepository {
  /**
   * Keeps the first creation of a command, and returns it ever after: a repeated command makes the same room. Nothing where another command
   * has made a room of this id.
   */
  storeCreation(creation: RoomCreation): Promise<RoomCreation | undefined>;
}

export interface RoomAlias {
  readonly roomAlias: string;
  readonly roomId: string;
  readonly creator: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Aliases of the hosted servers (https://spec.matrix.org/v1.19/client-server-api/#room-aliases). */
export interface RoomAliasRepository {
  findAlias(roomAlias: string): Promise<RoomAlias | undefined>;
  /** False where the alias is taken. */
  addAlias(alias: Omit<RoomAlias, 'createdAt'>): Promise<boolean>;
  /** The aliases of one hosted server that lead to a room, in order. */
  listAliases(roomId: string, serverName: string): Promise<string[]>;
  /** Has the aliases of one hosted server that lead to a room lead to another one. Returns them. */
  moveAliases(fromRoomId: string, toRoomId: string, serverName: string): Promise<readonly string[]>;
  /** Removes the alias if it still names this room. */
  removeAlias(roomAlias: string, roomId: string): Promise<boolean>;
  /** Some aliases of one hosted server, wherever they lead. */
  listServerAliases(serverName: string, limit: number): Promise<string[]>;
  /** Removes these, wherever they lead. */
  removeAliases(roomAliases: readonly string[]): Promise<void>;
}

/** Reads what hosted servers call rooms; any app may. */
export interface LocalAliasReader {
  /** All aliases that lead to some rooms, by the ids of the rooms; rooms without any are left out. */
  listLocalAliases(roomIds: readonly string[]): Promise<Map<string, string[]>>;
}

/** Rooms that users have left and forgotten (https://spec.matrix.org/v1.19/client-server-api/#leaving-rooms). */
export interface ForgottenRoomReader {
  /**
   * By room id, the position of the membership that the user forgot. A room is forgotten as long as the user's membership in it
   * (`UserRoom.position`) is no newer than this.
   */
  findForgottenRooms(userId: string): Promise<Map<string, number>>;
  findForgottenRoom(userId: string, roomId: string): Promise<number | undefined>;
}

export interface ForgottenRoomRepository extends ForgottenRoomReader {
  forgetRoom(userId: string, roomId: string, position: number): Promise<void>;
}
