/**
 * A user whom the directory found. One of another server has the names that they go by in the rooms because of which they are found, and is found
 * once for each of several names.
 */
export interface FoundUser {
  readonly userId: string;
  /** Whether they are known from rooms alone: their server was not hosted here when they were seen there. */
  readonly isRemote: boolean;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
  /** Whether they share a room with who searches, or are of the same server where that is enough. */
  readonly isNear: boolean;
  /** Some of the rooms that they are in and that anybody may join or read. */
  readonly publicRooms: readonly { readonly shard: number; readonly roomNid: number }[];
}

export interface UserSearch {
  /** Who searches. They find themselves never. */
  readonly userId: string;
  /** Each of these begins a word of the localpart or the display name. */
  readonly words: readonly string[];
  /** A hosted server all of whose users may be found. */
  readonly openServer: string | undefined;
  readonly limit: number;
}

/** Who shares a room with whom, and who may be found because a room is public. */
export type Nearness = Pick<FoundUser, 'isNear' | 'publicRooms'>;

/** Finds users by name, of the hosted servers and of others in rooms that are stored here (https://spec.matrix.org/v1.19/client-server-api/#user-directory). */
export interface UserDirectoryReader {
  /** Active users, those of support excepted, who are near, or in a public room; those with a profile first, and what is near first of each. */
  searchUsers(search: UserSearch): Promise<FoundUser[]>;
  /** Whether two users share a room, and some of the public rooms of the other. */
  findNearness(userId: string, otherId: string): Promise<Nearness>;
  /** The same of a user of another server, as of a moment ago. */
  findRemoteNearness(userId: string, otherId: string): Promise<Nearness>;
}
