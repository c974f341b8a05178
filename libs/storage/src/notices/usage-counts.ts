/**
 * What is counted of a hosted server: its accounts that are not deactivated, without those that only send notices or test. A user is active
 * in a time when a device of theirs was seen in it.
 */
export interface UsageCounts {
  readonly users: number;
  /** Of these, those that no appservice registered. */
  readonly nonbridgedUsers: number;
  readonly dailyActiveUsers: number;
  /** Without guests and appservices' users: what a limit is measured by. */
  readonly monthlyActiveUsers: number;
  /** Accounts that were made within the last 24 hours, by what they are. */
  readonly dailyNative: number;
  readonly dailyGuests: number;
  readonly dailyBridged: number;
  /** Rooms in which users of the server are joined. */
  readonly rooms: number;
}

export interface ServerUsage {
  readonly serverName: string;
  readonly counts: UsageCounts;
  /** Milliseconds since the epoch. */
  readonly countedAt: number;
}

/** Written by notices. */
export interface UsageCountRepository {
  /** What was counted last, of each server. */
  listCounts(): Promise<ServerUsage[]>;
  /** Counts the users and rooms of all hosted servers in one go, and stores the result. */
  count(): Promise<void>;
  /** What Postgres calls its version. */
  databaseVersion(): Promise<string>;
}

/** What one replica does for all from time to time. Written by notices. */
export interface NoticesTurns {
  /** Whether it is the caller's turn now; then the next one comes after `everyMs`. The very first one comes after `firstMs`. */
  takeTurn(name: string, times: { readonly firstMs: number; readonly everyMs: number }): Promise<boolean>;
}
