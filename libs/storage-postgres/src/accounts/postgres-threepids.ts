import { serverNameOf } from '@plexus/matrix-base';
import type { StoredThreepid, Threepid, ThreepidRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface ThreepidRow {
  readonly medium: 'email';
  readonly address: string;
  readonly validated_at: Date;
  readonly added_at: Date;
}

export class PostgresThreepids implements ThreepidRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listThreepids(userId: string): Promise<StoredThreepid[]> {
    const rows = await this.#database.run<ThreepidRow>(LIST_THREEPIDS, [userId]);
    return rows.map(({ medium, address, validated_at: validatedAt, added_at: addedAt }) => ({
      medium,
      address,
      validatedAt: validatedAt.getTime(),
      addedAt: addedAt.getTime(),
    }));
  }

  async findThreepidUser(
    serverName: string,
    { medium, address }: Pick<Threepid, 'medium' | 'address'>,
  ): Promise<string | undefined> {
    const [row] = await this.#database.run<{ user_id: string }>(FIND_USER, [serverName, medium, address]);
    return row?.user_id;
  }

  async addThreepid(userId: string, threepid: Threepid): Promise<boolean> {
    return (await this.#database.run(ADD_THREEPID, threepidValues(userId, threepid))).length === 1;
  }

  async removeThreepid(userId: string, { medium, address }: Pick<Threepid, 'medium' | 'address'>): Promise<boolean> {
    return (await this.#database.run(REMOVE_THREEPID, [userId, medium, address])).length === 1;
  }
}

export function threepidValues(userId: string, { medium, address, validatedAt }: Threepid): (string | Date)[] {
  return [serverNameOf(userId), medium, address, userId, new Date(validatedAt)];
}

/** Of a user who has it already it is validated anew. */
export const ADD_THREEPID: Statement = {
  name: 'add_threepid',
  text: `insert into user_threepids as t (server_name, medium, address, user_id, validated_at) values ($1, $2, $3, $4, $5)
         on conflict (server_name, medium, address) do update set validated_at = excluded.validated_at
          where t.user_id = excluded.user_id returning 1`,
};
const LIST_THREEPIDS: Statement = {
  name: 'list_threepids',
  text: `select medium, address, validated_at, added_at from user_threepids where user_id = $1
          order by added_at, medium, address`,
};
const FIND_USER: Statement = {
  name: 'find_user_of_threepid',
  text: 'select user_id from user_threepids where server_name = $1 and medium = $2 and address = $3',
};
const REMOVE_THREEPID: Statement = {
  name: 'remove_threepid',
  text: 'delete from user_threepids where user_id = $1 and medium = $2 and address = $3 returning 1',
};
