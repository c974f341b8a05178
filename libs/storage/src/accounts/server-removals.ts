/**
 * The removal of a hosted server with its data: a job that any process takes up where another left it.
 *
 *     users ──► rooms ──► rows ──► done
 *       │         │  waits until nothing is left of rooms that lost their last resident server
 *       │  each user: deactivated, parted from every room, forgotten by it, then removed
 */
export interface ServerRemoval {
  readonly jobId: string;
  readonly serverName: string;
  readonly step: 'users' | 'rooms' | 'rows' | 'done';
  readonly usersTotal: number;
  readonly usersDone: number;
  /** The last user that is done; the next ones follow in the order of their ids. */
  readonly lastUserId: string | undefined;
  /** Rooms that a user could not be parted from, because the room's rules refused it. */
  readonly refusedDepartures: number;
  /** Rooms that went with the server and of which something is left; nothing before that is known. */
  readonly roomsLeft: number | undefined;
  /** Why the last attempt stopped; it is taken up again. */
  readonly lastError: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
}

export type ServerRemovalProgress = Partial<
  Pick<ServerRemoval, 'step' | 'usersDone' | 'lastUserId' | 'refusedDepartures' | 'roomsLeft' | 'lastError'>
>;

export interface ServerRemovalRepository {
  /** Starts the job, or returns the one that is under way. The caller has set the server's status to `removing`. */
  startRemoval(serverName: string, jobId: string): Promise<ServerRemoval>;
  findRemoval(jobId: string): Promise<ServerRemoval | undefined>;
  /** Takes an unfinished job that no living process works on; the claim lasts so many milliseconds and is renewed by progress. */
  claimRemoval(claimMs: number): Promise<{ readonly removal: ServerRemoval; readonly claim: string } | undefined>;
  /** False where another process holds the claim now: then this one stops. */
  recordProgress(claim: string, progress: ServerRemovalProgress, claimMs: number): Promise<boolean>;
  /**
   * Removes what belongs to the user in the tables of accounts, and how they made any of these rooms; the user id stays taken until the
   * server's rows go.
   */
  removeUserRows(userId: string, roomIds: readonly string[]): Promise<void>;
  /** Removes the server itself: its users, aliases, published rooms and keys. */
  removeServerRows(serverName: string): Promise<void>;
}
