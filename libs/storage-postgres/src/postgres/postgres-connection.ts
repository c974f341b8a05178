import { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { StorageError } from '@plexus/storage';
import { Client } from 'pg';
import type { QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { toStorageError } from './postgres-errors.ts';
import { RESULT_TYPES } from './result-types.ts';
import { StatementTrain } from './statement-train.ts';
import type { BoundStatement, Parameter, Statement } from './statement.ts';

export interface PostgresConnectionOptions {
  /** A function is asked for each connection anew: a password may have changed. */
  readonly url: string | (() => string);
  /** Read for each connection anew, by reference. Without it the URL says whether and how TLS is spoken. */
  readonly tls?: ConnectionOptions | undefined;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** The connection is given up when it owes an answer and has sent none for so long. */
  readonly answerTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** Told of each statement, or train of them, when it is answered; must not throw. Times are of `performance.now()`. */
  readonly observe?: ((statement: AnsweredStatement) => void) | undefined;
  /** Further settings of the session, as in `-c name=value`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Awaited before anybody gets the connection; it is closed where this throws. */
  readonly admit?: (connection: PostgresConnection) => Promise<void>;
}

/** What the database has answered, well or not. */
export interface AnsweredStatement {
  /** The name of a prepared statement, else the beginning of the text. */
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error?: unknown;
}

const SHOWN_LENGTH = 60;

/**
 * One pipelined connection: statements are sent at once and answered in order. It connects once and is never repaired; who needs
 * another one opens another one.
 *
 * @NOTE The driver knows time limits only per query, with a timer each. Here one timer watches the connection while it owes
 * answers: a peer that is gone without a word (a stalled proxy, a lost node) must not hold up callers forever.
 */
export class PostgresConnection {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #answerTimeoutMs: number;
  readonly #observe: PostgresConnectionOptions['observe'];
  /** Names of the statements that have succeeded once. */
  readonly #prepared = new Set<string>();
  #owed = 0;
  #lastAnswerAt = 0;
  #watch: NodeJS.Timeout | undefined;
  #failure: Error | undefined;
  #isClosing = false;

  private constructor(client: Client, socket: Socket, { answerTimeoutMs, observe }: PostgresConnectionOptions) {
    this.#client = client;
    this.#socket = socket;
    this.#answerTimeoutMs = answerTimeoutMs ?? 30_000;
    this.#observe = observe;
    client.on('error', (error) => this.#fail(error));
    client.on('end', () => this.#fail(new Error('the connection ended')));
  }

  static async open(options: PostgresConnectionOptions): Promise<PostgresConnection> {
    const settings = Object.entries(options.settings ?? {}).map(([name, value]) => `-c ${name}=${value}`);
    const socket = new Socket();
    const client = new Client({
      stream: () => socket,
      connectionString: typeof options.url === 'string' ? options.url : options.url(),
      application_name: options.applicationName,
      pipeline: true,
      keepAlive: true,
      connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
      types: RESULT_TYPES,
      ...(options.tls === undefined ? {} : { ssl: options.tls }),
      ...(settings.length > 0 ? { options: settings.join(' ') } : {}),
    });
    const connection = new PostgresConnection(client, socket, options);
    try {
      await client.connect();
    } catch (error) {
      throw toStorageError(error, 'connect to Postgres');
    }
    try {
      await options.admit?.(connection);
    } catch (error) {
      connection.destroy(new Error('the connection was not admitted', { cause: error }));
      throw new StorageError('connect to Postgres: the connection was not admitted', { cause: error });
    }
    return connection;
  }

  /** Hears a channel for as long as the connection lives; `ended` is called once when it does not any more. */
  async listen(channel: string, { heard, ended }: { heard(): void; ended(): void }): Promise<void> {
    this.#client.on('notification', heard);
    this.#client.once('end', ended);
    await this.execute(`listen ${channel}`);
  }

  get isOpen(): boolean {
    return this.#failure === undefined && !this.#isClosing;
  }

  /** Statements that are not answered yet. */
  get owed(): number {
    return this.#owed;
  }

  /** Runs one prepared statement. Throws `StorageError`; its cause is what Postgres answered, if it answered. */
  async run<Row extends object>(statement: Statement, values: readonly Parameter[] = []): Promise<Row[]> {
    try {
      return (await this.send<Row>({ ...statement, values: [...values] })).rows;
    } catch (error) {
      throw toStorageError(error, statement.name);
    }
  }

  /** Runs one statement that is not prepared. */
  async query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<QueryResult<Row>> {
    try {
      return await this.send<Row>({ text, values });
    } catch (error) {
      throw toStorageError(error, text.slice(0, SHOWN_LENGTH));
    }
  }

  /** Runs text that is not prepared, possibly several statements. */
  async execute(text: string): Promise<void> {
    try {
      await this.send({ text });
    } catch (error) {
      throw toStorageError(error, text.slice(0, SHOWN_LENGTH));
    }
  }

  /** Sends a query and gives back what the driver gives, its errors unchanged. */
  async send<Row extends QueryResultRow>(query: QueryConfig): Promise<QueryResult<Row>> {
    if (this.#failure !== undefined) throw new StorageError('the connection is broken', { cause: this.#failure });
    const startedAt = performance.now();
    this.#owe(startedAt);
    let error: unknown;
    try {
      const result = await this.#client.query<Row>(query);
      if (query.name !== undefined) this.#prepared.add(query.name);
      return result;
    } catch (failure) {
      error = failure;
      throw failure;
    } finally {
      this.#answered(query.name ?? query.text.slice(0, SHOWN_LENGTH), startedAt, error);
    }
  }

  /** Whether statements can go as a train: each has run here before. */
  hasPrepared(statements: readonly BoundStatement[]): boolean {
    return statements.every(({ statement }) => this.#prepared.has(statement.name));
  }

  /** Sends prepared statements as one. Rejects with the first error, unchanged; what comes behind it is not run. */
  async sendTrain(statements: readonly BoundStatement[]): Promise<void> {
    if (this.#failure !== undefined) throw new StorageError('the connection is broken', { cause: this.#failure });
    const startedAt = performance.now();
    this.#owe(startedAt);
    let error: unknown;
    try {
      await new Promise<void>((resolve, reject) => {
        const train = new StatementTrain(statements, (failure) => (failure ? reject(failure) : resolve()));
        this.together(() => this.#client.query(train));
      });
    } catch (failure) {
      error = failure;
      throw failure;
    } finally {
      this.#answered(statements[0]?.statement.name ?? 'train', startedAt, error);
    }
  }

  /** Waits for the answers that it owes, then closes. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (this.#failure === undefined) await this.#client.end();
    clearInterval(this.#watch);
  }

  /** Holds back what `work` sends until it returns, so that it leaves as one packet. */
  together<T>(work: () => T): T {
    // With TLS it is not the socket that is written to.
    const { stream } = this.#client.connection;
    stream.cork();
    try {
      return work();
    } finally {
      stream.uncork();
    }
  }

  /** Breaks the connection at once; what it owes fails. */
  destroy(because: Error): void {
    this.#fail(because);
  }

  #owe(now: number): void {
    if (this.#owed === 0) this.#lastAnswerAt = now;
    this.#owed += 1;
    this.#watch ??= setInterval(() => this.#check(), this.#answerTimeoutMs / 4).unref();
  }

  #answered(name: string, startedAt: number, error: unknown): void {
    const endedAt = performance.now();
    this.#owed -= 1;
    this.#lastAnswerAt = endedAt;
    this.#observe?.({ name, startedAt, endedAt, error });
  }

  #check(): void {
    if (this.#owed === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
      return;
    }
    if (performance.now() - this.#lastAnswerAt > this.#answerTimeoutMs)
      this.#fail(new Error('Postgres does not answer'));
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    clearInterval(this.#watch);
    this.#socket.destroy();
  }
}
