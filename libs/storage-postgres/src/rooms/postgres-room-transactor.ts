import { StorageError } from '@plexus/storage';
import type { OwnedShard, RoomTransactor, RoomWork, ShardEpoch, StoreOutcome } from '@plexus/storage';
import { DatabaseError } from 'pg';
import { int4Array, int8Array } from '../postgres/binary-arrays.ts';
import type { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import { isDeterministic, sqlStateOf, toStorageError } from '../postgres/postgres-errors.ts';
import type { BoundStatement, Statement } from '../postgres/statement.ts';
import { advanceShards, storeStatements } from './store/store-statements.ts';

export interface RoomTransactorOptions {
  /** How long a take-over waits for a shard's row before it ends the former owner's session. */
  readonly lockTimeoutMs?: number;
  /** How long a unit of work may take to be answered. */
  readonly answerTimeoutMs?: number;
  /** False in fault tests only: then a replaced owner writes on. */
  readonly isFenced?: boolean;
  /** Awaited within each unit of work, after its first statement: for fault tests. */
  readonly insideTransaction?: () => Promise<void> | undefined;
}

const APPLICATION_NAME = 'plexus room writer';
const NOT_OURS = 'PX001';
const UNIQUE_VIOLATION = '23505';
const LOCK_NOT_AVAILABLE = '55P03';
const MAX_ATTEMPTS = 10;

interface Session {
  readonly connection: PostgresConnection;
  readonly backendPid: number;
  /** Shards whose rows name this backend. */
  readonly shards: Set<number>;
}

/** Writes rooms into Postgres over one connection, whose backend is known to the shards' rows. */
export class PostgresRoomTransactor implements RoomTransactor {
  readonly #database: PostgresDatabase;
  readonly #options: RoomTransactorOptions;
  #session: Session | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: PostgresDatabase, options: RoomTransactorOptions = {}) {
    this.#database = database;
    this.#options = options;
  }

  takeOver(shards: readonly number[], ownerAddress: string): Promise<OwnedShard[]> {
    const raise = { statement: TAKE_OVER, values: [int4Array(shards), ownerAddress] };
    return this.#inTurn(() => this.#raiseEpochs(shards, raise));
  }

  renew(shards: readonly ShardEpoch[], ownerAddress: string): Promise<OwnedShard[]> {
    const [numbers, epochs] = [shards.map(({ shard }) => shard), shards.map(({ epoch }) => epoch)];
    const values = [int4Array(numbers), ownerAddress, int8Array(epochs)];
    return this.#inTurn(() => this.#raiseEpochs(numbers, { statement: RENEW, values }));
  }

  async release(shards: readonly ShardEpoch[]): Promise<void> {
    const [numbers, epochs] = [shards.map(({ shard }) => shard), shards.map(({ epoch }) => epoch)];
    await this.#database.run(RELEASE, [int4Array(numbers), int8Array(epochs)]);
  }

  store(work: RoomWork): Promise<StoreOutcome> {
    return this.#inTurn(() => this.#store(work));
  }

  async close(): Promise<void> {
    await this.#session?.connection.close();
  }

  /** @NOTE A take-over must not run within a unit of work that shares its connection. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result;
    return result;
  }

  async #store(work: RoomWork): Promise<StoreOutcome> {
    const session = this.#session;
    if (session?.connection.isOpen !== true) throw new StorageError('the connection of the room writer is broken');
    if (work.advances.some(({ shard }) => !session.shards.has(shard))) {
      throw new StorageError('a shard was taken over on an earlier connection');
    }
    const first = advanceShards(work.advances, this.#options.isFenced !== false);
    const failure = await this.#inOneTransaction(session.connection, first, storeStatements(work));
    return failure === undefined ? { outcome: 'stored' } : this.#outcomeOf(failure, work);
  }

  /** Sends everything at once. Returns the first error. */
  async #inOneTransaction(
    connection: PostgresConnection,
    first: BoundStatement,
    rest: readonly BoundStatement[],
  ): Promise<unknown> {
    const pause = this.#options.insideTransaction;
    if (pause === undefined) {
      const all = [{ statement: BEGIN, values: [] }, first, ...rest, { statement: COMMIT, values: [] }];
      if (connection.hasPrepared(all)) return inOneTrain(connection, all);
    }
    const send = ({ statement, values }: BoundStatement): Promise<unknown> =>
      connection.send({ ...statement, values: [...values] });
    const begin = (): Promise<unknown>[] => [send({ statement: BEGIN, values: [] }), send(first)];
    const finish = (): Promise<unknown>[] => [...rest.map(send), send({ statement: COMMIT, values: [] })];
    if (pause === undefined) return firstError(connection.together(() => [...begin(), ...finish()]));
    const failure = await firstError(begin());
    await pauseWithin(connection, pause);
    const further = await firstError(connection.together(finish));
    return failure ?? further;
  }

  async #outcomeOf(failure: unknown, work: RoomWork): Promise<StoreOutcome> {
    const state = sqlStateOf(failure);
    if (state === NOT_OURS) return { outcome: await this.#whyNotOurs(work) };
    if (state === UNIQUE_VIOLATION && constraintOf(failure) === 'room_commands_pkey') return { outcome: 'repeated' };
    if (isDeterministic(failure)) return { outcome: 'rejected', because: String(failure) };
    throw toStorageError(failure, 'store rooms');
  }

  async #whyNotOurs({ advances }: RoomWork): Promise<'fenced' | 'displaced'> {
    const rows = await this.#database.run<{ shard: number; epoch: number }>(READ_EPOCHS, [
      int4Array(advances.map(({ shard }) => shard)),
    ]);
    const epochs = new Map(rows.map(({ shard, epoch }) => [shard, epoch]));
    return advances.some(({ shard, epoch }) => epochs.get(shard) !== epoch) ? 'fenced' : 'displaced';
  }

  /** @NOTE The session's lock timeout ends the wait for a row that a former owner's transaction holds. */
  async #raiseEpochs(shards: readonly number[], raise: BoundStatement): Promise<OwnedShard[]> {
    const session = await this.#openSession();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { rows } = await session.connection.send<ShardRow>({ ...raise.statement, values: [...raise.values] });
        for (const { shard } of rows) session.shards.add(shard);
        return rows.map(toOwnedShard);
      } catch (error) {
        if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE || attempt === MAX_ATTEMPTS) {
          throw toStorageError(error, 'take shards over');
        }
      }
      await this.#database.run(END_FORMER_OWNERS, [int4Array(shards), APPLICATION_NAME, session.backendPid]);
    }
  }

  async #openSession(): Promise<Session> {
    if (this.#session?.connection.isOpen === true) return this.#session;
    const connection = await this.#database.openConnection({
      applicationName: APPLICATION_NAME,
      answerTimeoutMs: this.#options.answerTimeoutMs ?? 10_000,
      settings: {
        lock_timeout: String(this.#options.lockTimeoutMs ?? 500),
        idle_in_transaction_session_timeout: '10000',
      },
    });
    const [row] = await connection.run<{ pid: number }>(BACKEND_PID);
    this.#session = { connection, backendPid: row?.pid ?? 0, shards: new Set() };
    return this.#session;
  }
}

/** @NOTE An error leaves the commit out, and so the transaction open. */
async function inOneTrain(connection: PostgresConnection, statements: readonly BoundStatement[]): Promise<unknown> {
  try {
    await connection.sendTrain(statements);
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseError) await rollBack(connection);
    return error;
  }
}

async function rollBack(connection: PostgresConnection): Promise<void> {
  try {
    await connection.execute('rollback');
  } catch (error) {
    connection.destroy(new Error('the transaction could not be rolled back', { cause: error }));
  }
}

/** @NOTE A transaction that is given up must end with its connection: what comes next on it would be within it. */
async function pauseWithin(connection: PostgresConnection, pause: () => Promise<void> | undefined): Promise<void> {
  try {
    await pause();
  } catch (error) {
    connection.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

/** Waits for all answers; the first error among them, in the order in which the statements were sent. */
async function firstError(answers: readonly Promise<unknown>[]): Promise<unknown> {
  const outcomes = await Promise.allSettled(answers);
  return outcomes.find((outcome) => outcome.status === 'rejected')?.reason;
}

function constraintOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.constraint : undefined;
}

interface ShardRow {
  readonly shard: number;
  readonly epoch: number;
  readonly generation: number;
  readonly position: number;
  readonly published: number;
  readonly projected: number;
  readonly inbound_offset: number;
  readonly inbound_incarnation: string;
  readonly last_room_nid: number;
  readonly last_event_nid: number;
  readonly last_node_nid: number;
}

function toOwnedShard(row: ShardRow): OwnedShard {
  return {
    shard: row.shard,
    epoch: row.epoch,
    generation: row.generation,
    counters: {
      position: row.position,
      lastRoomNid: row.last_room_nid,
      lastEventNid: row.last_event_nid,
      lastNodeNid: row.last_node_nid,
      published: row.published,
      projected: row.projected,
      inboundOffset: row.inbound_offset,
      inboundIncarnation: row.inbound_incarnation,
    },
  };
}

const BEGIN: Statement = { name: 'begin', text: 'begin' };
const COMMIT: Statement = { name: 'commit', text: 'commit' };
const BACKEND_PID: Statement = { name: 'backend-pid', text: 'select pg_backend_pid() as pid' };

const RAISE = `update room_shards s set epoch = s.epoch + 1, owner_address = $2, owner_backend_pid = pg_backend_pid()
  from locked where s.shard = locked.shard
  returning s.shard, s.epoch, generation, position, published, projected, inbound_offset, inbound_incarnation, last_room_nid,
    last_event_nid, last_node_nid`;

const TAKE_OVER: Statement = {
  name: 'take-over-shards',
  text: `with locked as (select shard from room_shards where shard = any($1::int[]) order by shard for update) ${RAISE}`,
};

const RENEW: Statement = {
  name: 'renew-shards',
  text: `with locked as (
           select shard from room_shards where (shard, epoch) in (select * from unnest($1::int[], $3::bigint[]))
           order by shard for update
         ) ${RAISE}`,
};

const RELEASE: Statement = {
  name: 'release-shards',
  text: `update room_shards set owner_address = null, owner_backend_pid = null
         where (shard, epoch) in (select * from unnest($1::int[], $2::bigint[]))`,
};

const READ_EPOCHS: Statement = {
  name: 'read-shard-epochs',
  text: 'select shard, epoch from room_shards where shard = any($1::int[])',
};

/** @NOTE Numbers of backends are used again: only a room writer is ended, and never this one. */
const END_FORMER_OWNERS: Statement = {
  name: 'end-former-owners',
  text: `select pg_terminate_backend(a.pid) from room_shards s join pg_stat_activity a on a.pid = s.owner_backend_pid
         where s.shard = any($1::int[]) and a.application_name = $2 and a.datname = current_database() and a.pid <> $3`,
};
