/** A notice that is sent once, however often it is asked for. */
export interface NoticeDelivery {
  readonly noticeId: string;
  readonly userId: string;
  /** Nothing: it is under way, or whoever sent it died. */
  readonly eventId: string | undefined;
}

export interface NewNoticeDelivery {
  /** Names the notice among all. */
  readonly noticeId: string;
  readonly userId: string;
  /** How long it is remembered, in milliseconds; nothing: for ever. */
  readonly rememberedMs: number | undefined;
}

/** Tells what notices users were sent; any app may ask. */
export interface SentNoticeReader {
  /** The names of a user's that begin so and were sent, in no order. */
  findSentNotices(userId: string, prefix: string): Promise<string[]>;
}

/** Written by notices. */
export interface NoticeDeliveryRepository extends SentNoticeReader {
  /** Keeps the notice unless one of this name is kept; returns the one that is. */
  insertOrGet(delivery: NewNoticeDelivery): Promise<NoticeDelivery>;
  setSent(noticeId: string, eventId: string): Promise<void>;
  /** Nobody was told: it may be asked for anew. */
  remove(noticeId: string): Promise<void>;
  /** Forgets those whose time is over, at most so many; returns how many. */
  removeExpired(limit: number): Promise<number>;
}

/** Users of whom it is to be found out whether they have to be told something. Written by notices. */
export interface NoticeCheckRepository {
  /** Remembers users and, in the same transaction, up to which event of accounts that is. */
  addChecks(userIds: readonly string[], taken: TakenPosition): Promise<void>;
  /** Remembers users of a server who were seen within a day and have no notice of a limit pinned, at most so many. */
  addUnlimited(serverName: string, limit: number): Promise<void>;
  /** The last event of accounts that was taken of a partition; 0: none. */
  findPosition(partition: number): Promise<number>;
  /** Takes so many users whom nobody looks at; they come again after `claimMs` unless they are finished before. */
  claimChecks(limit: number, claimMs: number): Promise<{ readonly claim: string; readonly userIds: readonly string[] }>;
  /** These were looked at; those who were added again meanwhile stay. */
  finishChecks(claim: string, userIds: readonly string[]): Promise<void>;
}

export interface TakenPosition {
  readonly partition: number;
  readonly position: number;
}

/** A version of a policy that has come into force. */
export interface NoticeRound {
  readonly versionNid: number;
  /** Empty: the users of all hosted servers. */
  readonly serverName: string;
}

/** `elsewhere`: another process is at it. */
export type RoundProgress =
  | { readonly outcome: 'more' | 'finished'; readonly added: number }
  | { readonly outcome: 'elsewhere' };

/** Goes once through users who were about when something came into force that they may have to be told. Written by notices. */
export interface NoticeRoundRepository {
  /** Those of these versions whose round is over. */
  findFinished(versionNids: readonly number[]): Promise<number[]>;
  /** Goes through so many more users, and remembers those for checks who were seen within a day. */
  advance(round: NoticeRound, limit: number): Promise<RoundProgress>;
}
