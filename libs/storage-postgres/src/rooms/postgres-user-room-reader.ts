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
  };
}

const COLUMNS =
  'user_id, room_id, shard, room_nid, membership, previous_membership, sender, event_id, position, stripped_state';

const FIND_ALL = { name: 'find-user-rooms', text: `select ${COLUMNS} from user_rooms where user_id = $1` };

const FIND_ONE = {
  name: 'find-user-room',
  text: `select ${COLUMNS} from user_rooms where user_id = $1 and room_id = $2`,
};
