/** A change of a user's device list or cross-signing keys: the last one of each kind is kept. */
export interface DeviceListChange {
  readonly userId: string;
  /** Dense within the deployment, in commit order. */
  readonly position: number;
  /** The only user who sees the change; nothing: everybody who shares a room with the user, and the user. */
  readonly seenBy: string | undefined;
}

/**
 * Device-list changes (https://spec.matrix.org/v1.19/client-server-api/#tracking-the-device-list-for-a-user): stored once, and resolved to those who
 * share a room with the user when they are read.
 */
export interface DeviceListReader {
  /** Of the last change. */
  readDeviceListPosition(): Promise<number>;
  /** The oldest ones after a position, in their order. */
  readDeviceListChanges(after: number, limit: number): Promise<DeviceListChange[]>;
  /**
   * Who changed after a position and is visible to the viewer: joined to one of these rooms, the viewer, or whose master key the viewer signed.
   */
  findChangedUsers(query: ChangedUsersQuery): Promise<string[]>;
}

export interface ChangedUsersQuery {
  readonly viewer: string;
  /** Rooms that the viewer has joined. */
  readonly roomIds: readonly string[];
  /** Exclusive. */
  readonly after: number;
}

/** Tells how far a user's device list is. Throws `StorageError`. */
export interface DeviceListVersionReader {
  /** The position of the last change that everybody sees; 0 where there was none. */
  findLastChange(userId: string): Promise<number>;
}
