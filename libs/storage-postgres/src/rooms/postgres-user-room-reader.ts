import type { UserRoom, UserRoomReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';

/** Reads the projection of memberships from Postgres. */
export class PostgresUserRoomReader implements UserRoomReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findUserRooms(userId: string): Promise<UserRoom[]> {
    return (await this.#database.run<UserRoomRow>(FIND_ALL, [userId])).map(toUserRoom);
  }

  async findUserRoom(userId: string, roomId: string): Promise<UserRoom | undefined> {
    const [row] = await this.#database.run<UserRoomRow>(FIND_ONE, [userId, roomId]);
    return row === undefined ? undefined : toUserRoom(row);
  }

  async listJoinedRooms(
    userId: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    const rows = await this.#database.run<{ room_id: string }>(LIST_JOINED, [userId, after, limit]);
    return rows.map((row) => row.room_id);
  }

  async listSharedRooms(
    userId: string,
    otherId: string,
    page: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    const values = [userId, otherId, page.after, page.limit];
    const rows = await this.#database.run<{ room_id: string }>(LIST_SHARED, values);
    return rows.map((row) => row.room_id);
  }

  async countSharedRooms(userId: string, otherId: string): Promise<number> {
    const [row] = await this.#database.run<{ count: number }>(COUNT_SHARED, [userId, otherId]);
    return row?.count ?? 0;
  }
}

interface UserRoomRow {
  readonly user_id: string;
  readonly room_id: string;
  readonly shard: number;
  readonly room_nid: number;
  readonly membership: UserRoom['membership'];
  readonly previous_membership: string | null;
  readonly sender: string;
  readonly event_id: string;
  readonly position: number;
  readonly stripped_state: Buffer | null;
  readonly room_version: string | null;
}

function toUserRoom(row: UserRoomRow): UserRoom {
  return {
    userId: row.user_id,
    roomId: row.room_id,
    shard: row.shard,
    roomNid: row.room_nid,
    membership: row.membership,
    previousMembership: row.previous_membership ?? undefined,
    sender: row.sender,
    eventId: row.event_id,
    position: row.position,
    strippedState: row.stripped_state ?? undefined,
    roomVersion: row.room_version ?? undefined,
  };
}

const COLUMNS =
  'user_id, room_id, shard, room_nid, membership, previous_membership, sender, event_id, position, stripped_state, room_version';

const FIND_ALL = { name: 'find-user-rooms', text: `select ${COLUMNS} from user_rooms where user_id = $1` };

const FIND_ONE = {
  name: 'find-user-room',
  text: `select ${COLUMNS} from user_rooms where user_id = $1 and room_id = $2`,
};

const LIST_JOINED = {
  name: 'list-joined-rooms',
  text: `select room_id from user_rooms where user_id = $1 and membership = 'join' and room_id > $2 order by room_id limit $3`,
};

const SHARED = `from user_rooms one join user_rooms other on other.user_id = $2 and other.room_id = one.room_id
  where one.user_id = $1 and one.membership = 'join' and other.membership = 'join'`;

const LIST_SHARED = {
  name: 'list-shared-rooms',
  text: `select one.room_id ${SHARED} and one.room_id > $3 order by one.room_id limit $4`,
};

const COUNT_SHARED = { name: 'count-shared-rooms', text: `select count(*) as count ${SHARED}` };
