import { MAX_LOCKED_USERS } from '@plexus/storage';
import type { StoredUserItems, UserStreamTransaction, UserStreamTransactor } from '@plexus/storage';
import { int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase, PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { PostgresAccountDataWriter } from './postgres-account-data.ts';
import { PostgresToDeviceWriter } from './postgres-to-device-writer.ts';

interface PositionRow {
  readonly user_id: string;
  readonly position: number;
}

/** Writes user streams into Postgres. */
export class PostgresUserStreams implements UserStreamTransactor {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async transact<T>(
    userIds: readonly string[],
    work: (transaction: UserStreamTransaction) => Promise<T>,
  ): Promise<StoredUserItems<T>> {
    const wanted = [...new Set(userIds)];
    if (wanted.length > MAX_LOCKED_USERS) throw new RangeError(`${wanted.length} user streams in one transaction`);
    const stored = await this.#attempt(wanted, work, { needsAll: true });
    if (stored !== undefined) return stored;
    // @NOTE Rows are opened before the transaction: one that holds locks already would take these out of order.
    await this.#database.run(OPEN_STREAMS, [textArray(wanted)]);
    const second = await this.#attempt(wanted, work, { needsAll: false });
    if (second === undefined) throw new TypeError('a second attempt takes the streams that are there');
    return second;
  }

  /** Nothing where a stream is missing that is needed; then nothing happened. */
  #attempt<T>(
    userIds: readonly string[],
    work: (transaction: UserStreamTransaction) => Promise<T>,
    { needsAll }: { readonly needsAll: boolean },
  ): Promise<StoredUserItems<T> | undefined> {
    return this.#database.transaction(async (transaction) => {
      const locked = await transaction.run<PositionRow>(LOCK_STREAMS, [textArray(userIds)]);
      if (needsAll && locked.length < userIds.length) return undefined;
      const streams = new LockedStreams(transaction, locked);
      const result = await work(streams);
      await streams.storePositions();
      return { result, positions: streams.advanced };
    });
  }
}

/** The streams that a transaction holds until it ends. */
class LockedStreams implements UserStreamTransaction {
  readonly accountData: PostgresAccountDataWriter;
  readonly toDevice: PostgresToDeviceWriter;
  readonly advanced = new Map<string, number>();
  readonly #transaction: PostgresTransaction;
  readonly #positions: Map<string, number>;

  constructor(transaction: PostgresTransaction, locked: readonly PositionRow[]) {
    this.#transaction = transaction;
    this.#positions = new Map(locked.map(({ user_id, position }) => [user_id, position]));
    const advance = (userId: string): number => this.advance(userId);
    this.accountData = new PostgresAccountDataWriter(transaction, advance);
    this.toDevice = new PostgresToDeviceWriter(transaction, advance);
  }

  has(userId: string): boolean {
    return this.#positions.has(userId);
  }

  advance(userId: string): number {
    const position = this.#positions.get(userId);
    if (position === undefined) throw new RangeError(`the stream of ${userId} is not locked`);
    this.#positions.set(userId, position + 1);
    this.advanced.set(userId, position + 1);
    return position + 1;
  }

  async storePositions(): Promise<void> {
    const { advanced } = this;
    if (advanced.size === 0) return;
    await this.#transaction.run(STORE_POSITIONS, [textArray([...advanced.keys()]), int8Array([...advanced.values()])]);
  }
}

const LOCK_STREAMS: Statement = {
  name: 'lock_user_streams',
  text: `select s.user_id, s.position from user_streams s join users u on u.user_id = s.user_id
          where s.user_id = any($1::text[]) and u.deactivated_at is null
          order by s.user_id for no key update of s`,
};
const OPEN_STREAMS: Statement = {
  name: 'open_user_streams',
  text: `insert into user_streams (user_id, position)
         select user_id, 0 from users where user_id = any($1::text[]) and deactivated_at is null order by user_id
         on conflict (user_id) do nothing`,
};
const STORE_POSITIONS: Statement = {
  name: 'store_user_stream_positions',
  text: `update user_streams s set position = n.position from unnest($1::text[], $2::bigint[]) as n (user_id, position)
          where s.user_id = n.user_id`,
};
