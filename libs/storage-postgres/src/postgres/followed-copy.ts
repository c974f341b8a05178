import type { Clock } from '@plexus/matrix-base';
import type { PostgresConnection } from './postgres-connection.ts';
import type { PostgresDatabase, PostgresTransaction } from './postgres-database.ts';
import type { Statement } from './statement.ts';

export interface FollowedCopyOptions<T extends { readonly revision: number }> {
  /** What is notified in every transaction that raises the revision. */
  readonly channel: string;
  readonly empty: T;
  /** Gives one row with the column `revision`. */
  readonly readRevision: Statement;
  /** The revision is read first: a change that commits in between is then read twice, never missed. */
  readonly readAll: (transaction: PostgresTransaction) => Promise<T>;
  readonly clock: Clock;
  readonly onPollError: (error: unknown) => void;
}

/** While nothing is heard: with this and a read that takes less than as long again, a change is seen within a second. */
const DEAF_POLL_MS = 400;
/** In case a notification is lost without a word. */
const POLL_MS = 15_000;
const ANSWER_MS = 4_000;

/**
 * A process's copy of small tables that are read with every request and change seldom. It is read whole when the revision in Postgres is another
 * one than the copy's: on `start`, on `refresh`, and when Postgres tells of a change that another process made.
 *
 *     deaf ──listens──► hearing ──notified, or after long──► refresh
 *      ▲ refreshes often   │
 *      └──connection ends──┘
 */
export class FollowedCopy<T extends { readonly revision: number }> {
  readonly #database: PostgresDatabase;
  readonly #options: FollowedCopyOptions<T>;
  readonly #stopping = new AbortController();
  #rest = new AbortController();
  #listening: PostgresConnection | undefined;
  #copy: T;
  #following: Promise<void> | undefined;

  constructor(database: PostgresDatabase, options: FollowedCopyOptions<T>) {
    this.#database = database;
    this.#options = options;
    this.#copy = options.empty;
  }

  get current(): T {
    return this.#copy;
  }

  /** Reads once, then follows changes until `stop`. */
  async start(): Promise<void> {
    await this.refresh();
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#following;
    await this.#listening?.close();
  }

  /** Reads the copy again if Postgres has another revision. */
  async refresh(through: Pick<PostgresDatabase, 'run'> = this.#database): Promise<void> {
    const { readRevision, readAll } = this.#options;
    const [stored] = await through.run<{ revision: number }>(readRevision);
    if (stored?.revision === this.#copy.revision) return;
    const fresh = await this.#database.transaction(readAll);
    // Two refreshes may overtake each other; the copy never goes back.
    if (fresh.revision > this.#copy.revision) this.#copy = fresh;
  }

  /** @NOTE It listens before it reads: what changes in between is heard, and the rest that follows ends at once. */
  async #follow(): Promise<void> {
    const { clock, onPollError } = this.#options;
    while (!this.#stopping.signal.aborted) {
      await clock.delay(this.#listening === undefined ? DEAF_POLL_MS : POLL_MS, this.#rest.signal);
      if (this.#stopping.signal.aborted) return;
      this.#rest = new AbortController();
      try {
        this.#listening ??= await this.#listen();
        // A connection that is dead without having said so is found out by this.
        await this.refresh(this.#listening);
      } catch (error) {
        onPollError(error);
      }
    }
  }

  async #listen(): Promise<PostgresConnection> {
    const { channel } = this.#options;
    const applicationName = `follows ${channel}`;
    const connection = await this.#database.openConnection({ applicationName, answerTimeoutMs: ANSWER_MS });
    await connection.listen(channel, {
      heard: () => this.#wake(),
      ended: () => {
        this.#listening = undefined;
        this.#wake();
      },
    });
    return connection;
  }

  #wake(): void {
    this.#rest.abort();
  }
}
