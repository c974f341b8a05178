import { MAX_WAITING_EDUS } from '@plexus/storage';
import type { NewOutgoingEdu, OutgoingEdus } from '@plexus/storage';
import { int4Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Keeps EDUs that must not be lost in Postgres. */
export class PostgresOutgoingEdus implements OutgoingEdus {
  readonly #database: PostgresDatabase;
  readonly #shardOf: (destination: string) => number;

  constructor(database: PostgresDatabase, shardOf: (destination: string) => number) {
    this.#database = database;
    this.#shardOf = shardOf;
  }

  async storeEdus(edus: readonly NewOutgoingEdu[], onSameKey: 'replace' | 'keep'): Promise<void> {
    if (edus.length === 0) return;
    const values = [
      int4Array(edus.map(({ destination }) => this.#shardOf(destination))),
      textArray(edus.map(({ origin }) => origin)),
      textArray(edus.map(({ destination }) => destination)),
      textArray(edus.map(({ key }) => key)),
      textArray(edus.map(({ edu }) => edu)),
    ];
    await this.#database.run(onSameKey === 'replace' ? REPLACE_EDUS : ADD_EDUS, values);
    await this.#database.run(GIVE_UP_OLDEST, [...values.slice(0, 3), MAX_WAITING_EDUS]);
  }
}

const ADD = `insert into outgoing_edus (shard, origin, destination, key, edu)
  select * from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[])`;

const ADD_EDUS: Statement = {
  name: 'add-outgoing-edus',
  text: `${ADD} on conflict (shard, origin, destination, key) do nothing`,
};

/** @NOTE What replaces one gets a number of its own: one that is under way then takes only itself away. */
const REPLACE_EDUS: Statement = {
  name: 'replace-outgoing-edus',
  text: `${ADD} on conflict (shard, origin, destination, key) do update set edu = excluded.edu, edu_nid = default`,
};

const GIVE_UP_OLDEST: Statement = {
  name: 'give-up-oldest-edus',
  text: `delete from outgoing_edus o
         using (select distinct * from unnest($1::int[], $2::text[], $3::text[]) as q (shard, origin, destination)) as q
         cross join lateral (
           select w.edu_nid from outgoing_edus w
            where w.shard = q.shard and w.origin = q.origin and w.destination = q.destination
            order by w.edu_nid desc offset $4 limit 1
         ) as last
         where o.shard = q.shard and o.origin = q.origin and o.destination = q.destination and o.edu_nid <= last.edu_nid`,
};
