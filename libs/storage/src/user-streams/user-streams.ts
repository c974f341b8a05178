import type { AccountDataWriter } from './account-data.ts';
import type { ToDeviceWriter } from './to-device.ts';

/**
 * The streams of what is addressed to users: account data, to-device messages, settings. Each has one dense position per user, in commit
 * order, so that "up to position N" names what a client has seen. An item that changes moves to a new position.
 */
export interface UserStreamReader {
  /** Where the streams of these users stand; those who were never addressed are left out. */
  findPositions(userIds: readonly string[]): Promise<Map<string, number>>;
  /** Of streams that are known up to some position, those that have gone on, with their positions. */
  findAdvanced(known: ReadonlyMap<string, number>): Promise<Map<string, number>>;
}

/** What a transaction over some users' streams may do. Whatever it stores takes the next position of its user's stream. */
export interface UserStreamTransaction {
  readonly accountData: AccountDataWriter;
  readonly toDevice: ToDeviceWriter;
  /** Whether the user is there: registered, and not deactivated. Nothing can be stored for others. */
  has(userId: string): boolean;
  /**
   * The next position of the user's stream, for what another table keeps, or for a change that is read where it is. Throws for
   * a user whose stream is not locked.
   */
  advance(userId: string): number;
}

export interface StoredUserItems<T> {
  readonly result: T;
  /** Where the streams stand that have gone on. */
  readonly positions: ReadonlyMap<string, number>;
}

/** The most users of one transaction. */
export const MAX_LOCKED_USERS = 100;

/** Writes user streams. Any app may, through this alone. */
export interface UserStreamTransactor {
  /**
   * Runs `work` in one transaction that holds the streams of these users, at most `MAX_LOCKED_USERS`, locked in the order of their ids. When
   * it resolves, everything is durable; where `work` throws, nothing happened. Throws `StorageError`.
   */
  transact<T>(
    userIds: readonly string[],
    work: (transaction: UserStreamTransaction) => Promise<T>,
  ): Promise<StoredUserItems<T>>;
}
