/** What happens to an account, or to what is asked of accounts. */
export type AccountFact =
  | {
      /** A user id is in use from now on, or a guest has become an ordinary user. */
      readonly kind: 'registered';
      readonly userId: string;
      readonly isGuest: boolean;
      /** The appservice that registered the user. */
      readonly appserviceId?: string;
    }
  /** The user makes requests: told at most once per user and hour. `day` as 2026-11-28, in UTC. */
  | { readonly kind: 'seen'; readonly userId: string; readonly day: string }
  | { readonly kind: 'deactivated'; readonly userId: string }
  /** The user has agreed to a version of a policy. */
  | { readonly kind: 'consented'; readonly userId: string; readonly policy: string; readonly version: string }
  | {
      readonly kind: 'policy-published';
      /** Empty: of the deployment. */
      readonly serverName: string;
      readonly policy: string;
      readonly version: string;
    };

/**
 * A fact with its place. Positions of a partition are dense and in commit order: the row is written in the transaction that stores the fact, by
 * whichever app that is.
 */
export interface AccountEvent {
  readonly partition: number;
  readonly position: number;
  /** Milliseconds since the epoch. */
  readonly occurredAt: number;
  readonly fact: AccountFact;
}

export interface AccountEventReader {
  /** The events of a partition after a position, in order. */
  readAccountEvents(partition: number, after: number, limit: number): Promise<AccountEvent[]>;
  /** The last position of each partition. */
  readAccountPositions(): Promise<ReadonlyMap<number, number>>;
}

/** Events that wait to be published. */
export interface UnpublishedPartition {
  readonly partition: number;
  /** Up to where they are published. */
  readonly published: number;
}

/** Says who publishes what. A partition is one publisher's until its lease runs out; each call renews it. */
export interface AccountEventOutbox extends AccountEventReader {
  /** Leases the partitions that have anything to publish and are nobody else's. */
  leaseUnpublished(publisher: string, leaseMs: number): Promise<UnpublishedPartition[]>;
  /** False where the partition has become another publisher's. */
  storePublished(publisher: string, { partition, published }: UnpublishedPartition): Promise<boolean>;
  /** Gives up all leases of a publisher that stops. */
  releaseLeases(publisher: string): Promise<void>;
  /** Removes published events that are older than this. Returns how many. */
  removeOldEvents(olderThanMs: number): Promise<number>;
}

/** Which users make requests, to the hour. */
export interface SeenUserRepository {
  /** Tells of those of the users who were not told of within the last hour. */
  storeSeenUsers(userIds: readonly string[]): Promise<void>;
}
