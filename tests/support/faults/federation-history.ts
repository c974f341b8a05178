/** What a run with other servers left behind, as the checker reads it. */
export interface FederationHistory {
  /** What somebody met that nobody should. */
  readonly incidents: readonly string[];
  /** PDUs of transactions that were answered with success. */
  readonly given: readonly GivenPdu[];
  /** What is written down of other servers' events, by their ids. */
  readonly fates: ReadonlyMap<string, Fate>;
  /** Events of hosted users, in the order of their rooms' log, from when all destinations were in the rooms. */
  readonly local: readonly LocalEvent[];
  /** Of every event that is stored, what it follows. */
  readonly previous: ReadonlyMap<string, readonly string[]>;
  readonly destinations: readonly DestinationView[];
}

/** A PDU that another server gave. */
export interface GivenPdu {
  readonly eventId: string;
  readonly roomId: string;
  /** Whether its sender may say it, and said it. */
  readonly isSound: boolean;
  /** Whether the answer had an error for it. */
  readonly isRefused: boolean;
}

/** `given-up`: the log of a service tells of it. */
export type Fate = 'accepted' | 'rejected' | 'soft-failed' | 'set-aside' | 'given-up';

export interface LocalEvent {
  readonly eventId: string;
  readonly roomId: string;
}

/** What a server got, in the order in which it came. */
export interface DestinationView {
  readonly name: string;
  /** It took everything. */
  readonly isSteady: boolean;
  readonly got: readonly GotTransaction[];
}

export interface GotTransaction {
  readonly transactionId: string;
  /** Who sent it: ids are of each sender's own. */
  readonly origin: string;
  readonly content: string;
  readonly eventIds: readonly string[];
}
