import type { GuestMembershipReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresGuestMemberships implements GuestMembershipReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listGuestRooms({ after, limit }: { readonly after: string; readonly limit: number }): Promise<string[]> {
    const rows = await this.#database.run<{ room_id: string }>(LIST_ROOMS, [after, limit]);
    return rows.map((row) => row.room_id);
  }

  async listGuests(
    roomId: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    const rows = await this.#database.run<{ user_id: string }>(LIST_GUESTS, [roomId, after, limit]);
    return rows.map((row) => row.user_id);
  }
}

const LIST_ROOMS: Statement = {
  name: 'list_rooms_of_guests',
  text: `select distinct r.room_id from users u join user_rooms r on r.user_id = u.user_id
          where u.is_guest and r.membership = 'join' and r.room_id > $1 order by r.room_id limit $2`,
};
const LIST_GUESTS: Statement = {
  name: 'list_guests_in_room',
  text: `select u.user_id from users u join user_rooms r on r.user_id = u.user_id
          where u.is_guest and r.room_id = $1 and r.membership = 'join' and u.user_id > $2 order by u.user_id limit $3`,
};
