import { heardLater } from '@plexus/matrix-base';
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

/** What a database's clients do now, and what they have done. */
export interface DatabaseUse {
  readonly openConnections: number;
  /** Single statements without an answer yet. */
  readonly owedStatements: number;
  readonly runningTransactions: number;
  /** Transactions that wait for a connection. */
  readonly waitingTransactions: number;
  /** How long the first of them has waited. */
  readonly oldestWaitMs: number;
  /** Transactions that have ended, however they did. */
  readonly transactions: number;
  /** How long they took together, without waiting. */
  readonly transactionMs: number;
  readonly failedTransactions: number;
}

interface WaitingTransaction {
  readonly since: number;
  readonly resolve: (slot: ConnectionSlot) => void;
}

/**
 * One database: a few pipelined connections that all single statements share, and some for transactions. Connections are opened when
 * they are needed and replaced when they break.
 */
export class PostgresDatabase {
  readonly #options: PostgresDatabaseOptions;
  readonly #shared: ConnectionSlot[];
  readonly #idle: ConnectionSlot[];
  readonly #transactionSlots: readonly ConnectionSlot[];
  readonly #waiting: WaitingTransaction[] = [];
  readonly #done = { transactions: 0, transactionMs: 0, failedTransactions: 0 };
  #next = 0;
  #isClosed = false;

  constructor(options: PostgresDatabaseOptions) {
    this.#options = options;
    this.#shared = Array.from({ length: options.sharedConnections ?? 2 }, () => new ConnectionSlot(options));
    this.#transactionSlots = Array.from(
      { length: options.transactionConnections ?? 4 },
      () => new ConnectionSlot(options),
    );
    this.#idle = [...this.#transactionSlots];
  }

  use(): DatabaseUse {
    const [first] = this.#waiting;
    return {
      openConnections: [...this.#shared, ...this.#transactionSlots].filter(({ isOpen }) => isOpen).length,
      owedStatements: this.#shared.reduce((sum, { owed }) => sum + owed, 0),
      runningTransactions: this.#transactionSlots.length - this.#idle.length,
      waitingTransactions: this.#waiting.length,
      oldestWaitMs: first === undefined ? 0 : performance.now() - first.since,
      ...this.#done,
    };
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
    const begun = performance.now();
    try {
      return await runTransaction(await slot.connection(), work);
    } catch (error) {
      this.#done.failedTransactions += 1;
      throw error;
    } finally {
      this.#done.transactions += 1;
      this.#done.transactionMs += performance.now() - begun;
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
    if (slot !== undefined) return Promise.resolve(slot);
    return new Promise((resolve) => this.#waiting.push({ since: performance.now(), resolve }));
  }

  #giveBack(slot: ConnectionSlot): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next.resolve(slot);
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
  const begun = heardLater(connection.run(BEGIN));
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

  get isOpen(): boolean {
    return this.#open?.isOpen === true;
  }

  /** Statements that are not answered yet. */
  get owed(): number {
    return this.#open?.owed ?? 0;
  }

  connection(): PostgresConnection | Promise<PostgresConnection> {
    if (this.#open?.isOpen === true) return this.#open;
    this.#opening ??= this.#reopen();
    return this.#opening;
  }

  /** What cannot be opened needs not be closed: who asked for it has the failure. */
  async close(): Promise<void> {
    const connection = await this.#opening?.catch(() => undefined);
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
