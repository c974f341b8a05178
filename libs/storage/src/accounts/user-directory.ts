/** A user whom the directory found. */
export interface FoundUser {
  readonly userId: string;
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

/** Finds users of the hosted servers by name (https://spec.matrix.org/v1.19/client-server-api/#user-directory). */
export interface UserDirectoryReader {
  /** Active users, those of support excepted, who are near, or in a public room; those with a profile first. */
  searchUsers(search: UserSearch): Promise<FoundUser[]>;
  /** Whether two users share a room, and some of the public rooms of the other. */
  findNearness(userId: string, otherId: string): Promise<Pick<FoundUser, 'isNear' | 'publicRooms'>>;
}
