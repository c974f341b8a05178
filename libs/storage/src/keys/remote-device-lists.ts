/** The devices and cross-signing keys of a user of another server, as they were given. */
export interface RemoteDeviceList {
  readonly userId: string;
  /** Of the last update of the other server that the list includes; nothing where it was given without. */
  readonly streamId: number | undefined;
  /** The position of the user's last change that the list includes; 0: there was none. */
  readonly includesUpTo: number;
  /** JSON. */
  readonly keys: string;
  readonly anchor: RemoteListAnchor;
}

/**
 * Why the user's server tells us of changes: the user is joined to a room, by this event, and a hosted server has been in it since this position. While
 * both are so, no change is missed.
 */
export interface RemoteListAnchor {
  readonly roomId: string;
  readonly memberNid: number;
  readonly serverName: string;
  readonly residentSince: number;
}

/** A change of a list: JSON, as `RemoteDeviceListWriter` was given it. */
export interface RemoteDeviceUpdate {
  readonly position: number;
  readonly content: string;
}

export interface StoredRemoteDeviceList extends RemoteDeviceList {
  /** Of the user's last change. */
  readonly lastChange: number;
  /** What came after `includesUpTo`, in order. */
  readonly updates: readonly RemoteDeviceUpdate[];
}

/** Keeps the lists that somebody here has asked for. Throws `StorageError`. */
export interface RemoteDeviceListRepository {
  /** From now on changes of these users' lists are recorded. Returns the positions of their last changes before it. */
  track(userIds: readonly string[]): Promise<Map<string, number>>;
  /** Those that are stored. */
  findLists(userIds: readonly string[]): Promise<StoredRemoteDeviceList[]>;
  /** What is stored and includes more stays. */
  storeLists(lists: readonly RemoteDeviceList[]): Promise<void>;
}

/** Records that the lists of other servers' users have changed. Throws `StorageError`. */
export interface RemoteDeviceListWriter {
  /**
   * Everybody who shares a room with the user is to know of it. False, and nothing changes, where nobody here has asked for the list. The update is JSON;
   * where more of them wait than are worth keeping, `gap` takes their place.
   */
  recordChange(userId: string, update: { readonly content: string; readonly gap: string }): Promise<boolean>;
}
