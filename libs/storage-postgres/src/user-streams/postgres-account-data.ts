import type {
  AccountDataItem,
  AccountDataKey,
  AccountDataReader,
  AccountDataSize,
  AccountDataWriter,
  UserStreamRange,
} from '@plexus/storage';
import type { PostgresDatabase, PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface AccountDataRow {
  readonly room_id: string;
  readonly type: string;
  readonly content: string;
}

/** Reads account data from Postgres. */
export class PostgresAccountData implements AccountDataReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  findAccountData(userId: string, key: AccountDataKey): Promise<string | undefined> {
    return findOne(this.#database, userId, key);
  }

  async listAccountData(userId: string, range?: UserStreamRange): Promise<AccountDataItem[]> {
    const { after, upTo } = range ?? { after: 0, upTo: Number.MAX_SAFE_INTEGER };
    const rows = await this.#database.run<AccountDataRow>(LIST_CHANGED, [userId, after, upTo]);
    return rows.map(itemOf);
  }

  async listRoomAccountData(userId: string, roomId: string): Promise<AccountDataItem[]> {
    return (await this.#database.run<AccountDataRow>(LIST_OF_ROOM, [userId, roomId])).map(itemOf);
  }
}

/** Writes account data in a transaction that holds the user's stream. */
export class PostgresAccountDataWriter implements AccountDataWriter {
  readonly #transaction: PostgresTransaction;
  readonly #advance: (userId: string) => number;

  constructor(transaction: PostgresTransaction, advance: (userId: string) => number) {
    this.#transaction = transaction;
    this.#advance = advance;
  }

  findAccountData(userId: string, key: AccountDataKey): Promise<string | undefined> {
    return findOne(this.#transaction, userId, key);
  }

  async measureOthers(userId: string, { roomId = '', type }: AccountDataKey): Promise<AccountDataSize> {
    const [row] = await this.#transaction.run<AccountDataSize>(MEASURE_OTHERS, [userId, roomId, type]);
    if (row === undefined) throw new TypeError('The statement returned no row');
    return row;
  }

  async storeAccountData(userId: string, { roomId = '', type, content }: AccountDataItem): Promise<void> {
    await this.#transaction.run(STORE, [userId, roomId, type, content, this.#advance(userId)]);
  }
}

async function findOne(
  database: Pick<PostgresTransaction, 'run'>,
  userId: string,
  { roomId = '', type }: AccountDataKey,
): Promise<string | undefined> {
  const [row] = await database.run<Pick<AccountDataRow, 'content'>>(FIND, [userId, roomId, type]);
  return row?.content;
}

function itemOf({ room_id, type, content }: AccountDataRow): AccountDataItem {
  return { roomId: room_id === '' ? undefined : room_id, type, content };
}

const FIND: Statement = {
  name: 'find_account_data',
  text: 'select content from account_data where user_id = $1 and room_id = $2 and type = $3',
};
const LIST_CHANGED: Statement = {
  name: 'list_account_data',
  text: `select room_id, type, content from account_data
          where user_id = $1 and position > $2 and position <= $3 order by position`,
};
const LIST_OF_ROOM: Statement = {
  name: 'list_room_account_data',
  text: 'select room_id, type, content from account_data where user_id = $1 and room_id = $2 order by position',
};
/** @NOTE The length of a text that lies apart is known without reading it. */
const MEASURE_OTHERS: Statement = {
  name: 'measure_other_account_data',
  text: `select count(*) as items, coalesce(sum(octet_length(content)), 0)::bigint as bytes
           from account_data where user_id = $1 and (room_id, type) <> ($2, $3)`,
};
const STORE: Statement = {
  name: 'store_account_data',
  text: `insert into account_data (user_id, room_id, type, content, position) values ($1, $2, $3, $4, $5)
         on conflict (user_id, room_id, type) do update set content = excluded.content, position = excluded.position`,
};
