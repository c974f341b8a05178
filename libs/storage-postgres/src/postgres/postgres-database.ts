import { StorageError } from '@plexus/storage';
import type { QueryResult, QueryResultRow } from 'pg';
import { PostgresConnection } from './postgres-connection.ts';
import type { PostgresConnectionOptions } from './postgres-connection.ts';
import type { Parameter, Statement } from './statement.ts';

export interface PostgresDatabaseOptions extends PostgresConnectionOptions {
  /** Connections that all single statements share. */
  readonly sharedConnections?: number;
  /** Connections for transactions at most; a further one waits. */
  readonly transactionConnections?: number;
}

/** What runs within one transaction. */
export interface PostgresTransaction {
  run<Row extends object>(statement: Statement, values?: readonly Parameter[]): Promise<Row[]>;
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<Row>>;
}

/**
 * One database: a few pipelined connections that all single statements share, and some for transactions. Connections are opened when
 * they are needed and replaced when they break.
 */
export class PostgresDatabase {
  readonly #options: PostgresDatabaseOptions;
  readonly #shared: ConnectionSlot[];
  readonly #idle: ConnectionSlot[];
  readonly #waiting: ((slot: ConnectionSlot) => void)[] = [];
  #next = 0;
  #isClosed = false;

  constructor(options: PostgresDatabaseOptions) {
    this.#options = options;
    this.#shared = Array.from({ length: options.sharedConnections ?? 2 }, () => new ConnectionSlot(options));
    this.#idle = Array.from({ length: options.transactionConnections ?? 4 }, () => new ConnectionSlot(options));
  }

  /** Runs one statement in a transaction of its own. Throws `StorageError`. */
  async run<Row extends object>(statement: Statement, values: readonly Parameter[] = []): Promise<Row[]> {
    return (await this.#nextShared()).run<Row>(statement, values);
  }

  /** As `run`, of text that is not prepared: for what is rare. */
  async query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<QueryResult<Row>> {
    return (await this.#nextShared()).query<Row>(text, values);
  }

  /**
   * Runs `work` in a transaction: committed when it resolves, rolled back when it throws. A `StorageError` with `outcomeUnknown` says
   * that the commit was not answered.
   */
  async transaction<T>(work: (transaction: PostgresTransaction) => Promise<T>): Promise<T> {
    const slot = await this.#takeSlot();
    try {
      return await runTransaction(await slot.connection(), work);
    } finally {
      this.#giveBack(slot);
    }
  }

  /** A connection of the caller's own, not counted among the others. */
  openConnection(settings: Partial<PostgresConnectionOptions> = {}): Promise<PostgresConnection> {
    return PostgresConnection.open({ ...this.#options, ...settings });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#shared, ...this.#idle].map((slot) => slot.close()));
  }

  async #nextShared(): Promise<PostgresConnection> {
    this.#next = (this.#next + 1) % this.#shared.length;
    const slot = this.#shared[this.#next];
    if (slot === undefined || this.#isClosed) throw new StorageError('the database is closed');
    return slot.connection();
  }

  #takeSlot(): Promise<ConnectionSlot> {
    if (this.#isClosed) throw new StorageError('the database is closed');
    const slot = this.#idle.pop();
    return slot === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(slot);
  }

  #giveBack(slot: ConnectionSlot): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(slot);
    else if (this.#isClosed) void slot.close();
    else this.#idle.push(slot);
  }
}

const BEGIN: Statement = { name: 'begin', text: 'begin' };
const COMMIT: Statement = { name: 'commit', text: 'commit' };

async function runTransaction<T>(
  connection: PostgresConnection,
  work: (transaction: PostgresTransaction) => Promise<T>,
): Promise<T> {
  const begun = connection.run(BEGIN);
  let result: T;
  try {
    result = await work(connection);
    await begun;
  } catch (error) {
    await rollBack(connection, begun);
    throw error;
  }
  await connection.run(COMMIT);
  return result;
}

/** @NOTE A connection that cannot roll back is given up: Postgres then rolls back itself. */
async function rollBack(connection: PostgresConnection, begun: Promise<unknown>): Promise<void> {
  try {
    await begun;
    await connection.execute('rollback');
  } catch (error) {
    connection.destroy(new Error('the transaction could not be rolled back', { cause: error }));
  }
}

/** Keeps one connection, and opens another one when it has broken. */
class ConnectionSlot {
  readonly #options: PostgresConnectionOptions;
  #opening: Promise<PostgresConnection> | undefined;
  #open: PostgresConnection | undefined;

  constructor(options: PostgresConnectionOptions) {
    this.#options = options;
  }

  connection(): PostgresConnection | Promise<PostgresConnection> {
    if (this.#open?.isOpen === true) return this.#open;
    this.#opening ??= this.#reopen();
    return this.#opening;
  }

  async close(): Promise<void> {
    const connection = await this.#opening;
    await (connection ?? this.#open)?.close();
  }

  async #reopen(): Promise<PostgresConnection> {
    try {
      this.#open = await PostgresConnection.open(this.#options);
      return this.#open;
    } finally {
      this.#opening = undefined;
    }
  }
}
