import type { UserRoom, UserRoomProjection } from '@plexus/storage';
import { byteaArray, int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Writes the projection of memberships into Postgres. */
export class PostgresUserRoomProjection implements UserRoomProjection {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async storeUserRooms(memberships: readonly UserRoom[]): Promise<void> {
    if (memberships.length === 0) return;
    await this.#database.run(STORE, [
      textArray(memberships.map(({ userId }) => userId)),
      textArray(memberships.map(({ roomId }) => roomId)),
      int4Array(memberships.map(({ shard }) => shard)),
      int8Array(memberships.map(({ roomNid }) => roomNid)),
      textArray(memberships.map(({ membership }) => membership)),
      textArray(memberships.map(({ previousMembership }) => previousMembership)),
      textArray(memberships.map(({ sender }) => sender)),
      textArray(memberships.map(({ eventId }) => eventId)),
      int8Array(memberships.map(({ position }) => position)),
      byteaArray(memberships.map(({ strippedState }) => strippedState)),
      textArray(memberships.map(({ roomVersion }) => roomVersion)),
    ]);
  }

  async removeUserRoom(userId: string, roomId: string): Promise<void> {
    await this.#database.run(REMOVE_ONE, [userId, roomId]);
  }

  async listJoinedUsers(
    roomId: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    const rows = await this.#database.run<{ user_id: string }>(LIST_JOINED, [roomId, after, limit]);
    return rows.map((row) => row.user_id);
  }

  async removeRoom(roomId: string, limit: number): Promise<number> {
    return (await this.#database.run(REMOVE_ROOM, [roomId, limit])).length;
  }
}

const REMOVE_ONE: Statement = {
  name: 'remove-user-room',
  text: 'delete from user_rooms where user_id = $1 and room_id = $2',
};

const LIST_JOINED: Statement = {
  name: 'list-joined-users',
  text: `select user_id from user_rooms where room_id = $1 and membership = 'join' and user_id > $2 order by user_id limit $3`,
};

const REMOVE_ROOM: Statement = {
  name: 'remove-user-rooms-of',
  text: `with doomed as (select user_id from user_rooms where room_id = $1 order by user_id limit $2 for update)
         delete from user_rooms u using doomed where u.room_id = $1 and u.user_id = doomed.user_id returning 1`,
};

/** @NOTE In the order of the key, so that two calls cannot wait for each other's rows. */
const STORE: Statement = {
  name: 'store-user-rooms',
  text: `insert into user_rooms (user_id, room_id, shard, room_nid, membership, previous_membership, sender, event_id, position,
           stripped_state, room_version)
         select * from unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
           $9::bigint[], $10::bytea[], $11::text[])
           as u (user_id, room_id, shard, room_nid, membership, previous_membership, sender, event_id, position, stripped_state,
             room_version)
         order by user_id, room_id
         on conflict (user_id, room_id) do update set
           shard = excluded.shard, room_nid = excluded.room_nid, membership = excluded.membership,
           previous_membership = excluded.previous_membership, sender = excluded.sender, event_id = excluded.event_id,
           position = excluded.position, stripped_state = excluded.stripped_state,
           room_version = excluded.room_version
         where user_rooms.position < excluded.position`,
};
