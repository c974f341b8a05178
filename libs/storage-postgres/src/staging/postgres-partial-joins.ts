import type { ClaimTimes, PartialJoin, PartialJoinRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Joins whose state is to be completed, in Postgres. */
export class PostgresPartialJoins implements PartialJoinRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async storePartialJoin(join: Omit<PartialJoin, 'attempts'>): Promise<void> {
    const { shard, roomId, roomVersion, destination, server, joinEventId } = join;
    await this.#database.run(STORE, [shard, roomId, roomVersion, destination, server, joinEventId]);
  }

  async claimDue({ firstMs, longestMs }: ClaimTimes): Promise<PartialJoin | undefined> {
    const [row] = await this.#database.run<Row>(CLAIM, [firstMs, longestMs]);
    return row && joinOf(row);
  }

  async removePartialJoin({
    shard,
    roomId,
    joinEventId,
  }: Pick<PartialJoin, 'shard' | 'roomId' | 'joinEventId'>): Promise<void> {
    await this.#database.run(REMOVE, [shard, roomId, joinEventId]);
  }
}

interface Row {
  readonly shard: number;
  readonly room_id: string;
  readonly room_version: string;
  readonly destination: string;
  readonly server_name: string;
  readonly join_event_id: string;
  readonly attempts: number;
}

function joinOf(row: Row): PartialJoin {
  return {
    shard: row.shard,
    roomId: row.room_id,
    roomVersion: row.room_version,
    destination: row.destination,
    server: row.server_name,
    joinEventId: row.join_event_id,
    attempts: row.attempts,
  };
}

const STORE: Statement = {
  name: 'store-partial-join',
  text: `insert into partial_joins (shard, room_id, room_version, destination, server_name, join_event_id)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (shard, room_id) do update set room_version = excluded.room_version,
           destination = excluded.destination, server_name = excluded.server_name,
           join_event_id = excluded.join_event_id, attempts = 0, due_at = now()`,
};

/** @NOTE Whoever joins writes the row before the room is there: who took it up then would leave the join alone for a whole claim. */
const CLAIM: Statement = {
  name: 'claim-partial-join',
  text: `update partial_joins set attempts = attempts + 1,
           due_at = now() + least($1::float8 * power(2, least(attempts, 30)), $2::float8) * interval '1 millisecond'
         where (shard, room_id) = (
           select shard, room_id from partial_joins j
           where due_at <= now() and (
             attempts > 0 or due_at <= now() - $1::float8 * interval '1 millisecond' or exists (
               select from rooms r where r.shard = j.shard and r.room_id = j.room_id and r.partial_join_nid is not null
             )
           )
           order by due_at limit 1 for update of j skip locked
         )
         returning shard, room_id, room_version, destination, server_name, join_event_id, attempts`,
};

const REMOVE: Statement = {
  name: 'remove-partial-join',
  text: 'delete from partial_joins where shard = $1 and room_id = $2 and join_event_id = $3',
};
