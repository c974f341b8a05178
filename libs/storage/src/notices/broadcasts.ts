import type { JsonObject } from '@plexus/matrix-base';

/** Whom a broadcast is for: users of its server for whom all of this holds. Deactivated users and those of appservices never are. */
export interface BroadcastAudience {
  /** Guests too. */
  readonly withGuests?: boolean;
  /** Only who never consented to any version of a policy. */
  readonly neverConsented?: boolean;
  /** Only who was not seen since; milliseconds since the epoch. */
  readonly inactiveSince?: number;
  /** Only these. */
  readonly userIds?: readonly string[];
}

/**
 *     active ◄──► paused
 *       │  └────────┴──► cancelled
 *       └──all were sent to──► complete
 */
export type BroadcastStatus = 'active' | 'paused' | 'complete' | 'cancelled';

export interface NewBroadcast {
  readonly broadcastId: string;
  readonly serverName: string;
  readonly requestedBy: string;
  readonly type: string;
  /** JSON text of an object. */
  readonly content: string;
  readonly audience: BroadcastAudience;
  /** Notices per second, of all replicas together. */
  readonly perSecond: number;
}

export interface Broadcast extends NewBroadcast {
  readonly status: BroadcastStatus;
  /** Whether all recipients are written down. */
  readonly isListed: boolean;
  /** How many are written down. */
  readonly recipients: number;
  readonly sent: number;
  readonly failed: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly changedAt: number;
  readonly finishedAt: number | undefined;
}

export interface BroadcastQuery {
  /** Nothing: of all servers. */
  readonly serverName: string | undefined;
  readonly limit: number;
}

/** Someone whom a broadcast did not reach. */
export interface FailedRecipient {
  readonly userId: string;
  readonly error: string;
}

/** Any app may look. */
export interface BroadcastReader {
  find(broadcastId: string): Promise<Broadcast | undefined>;
  /** The newest first. */
  list(query: BroadcastQuery): Promise<Broadcast[]>;
  listFailed(broadcastId: string, limit: number): Promise<FailedRecipient[]>;
}

/** Leave to go on with a broadcast. */
export type BroadcastTurn =
  | {
      readonly outcome: 'turn';
      readonly broadcast: Broadcast;
      /** The last recipient who was written down. */
      readonly listedTo: string;
      /** So many may be sent to now. */
      readonly batch: number;
    }
  /** Nothing is to be done for so long, as far as is known; nothing: there is no open broadcast. */
  | { readonly outcome: 'wait'; readonly forMs: number | undefined };

export interface RecipientOutcome {
  readonly userId: string;
  readonly outcome: 'sent' | 'failed' | 'again';
  /** Of `sent` the event's id, else why. */
  readonly detail: string;
}

/** Written by notices. Recipients are shared by all replicas: who takes one holds a claim on it. */
export interface BroadcastRepository extends BroadcastReader {
  /** Adds it unless one of this id is there; returns the one that is. */
  add(broadcast: NewBroadcast): Promise<Broadcast>;
  /** Pauses, resumes or cancels it; false where it is finished or unknown. */
  changeStatus(broadcastId: string, status: 'active' | 'paused' | 'cancelled'): Promise<boolean>;
  /** Takes the turn of an active broadcast that is due, of at most so many recipients, and moves its next one on by what these may take. */
  takeTurn(mostRecipients: number): Promise<BroadcastTurn>;
  /** Writes the next recipients down, at most `limit`; without effect where another replica did so from `listedTo` on. */
  listRecipients(broadcast: Broadcast, listedTo: string, limit: number): Promise<void>;
  /** Takes so many recipients to whom nobody sends. */
  claimRecipients(
    broadcastId: string,
    limit: number,
    claimMs: number,
  ): Promise<{ readonly claim: string; readonly userIds: readonly string[] }>;
  /** What became of them. Those who come `again` may be taken after `againMs`. */
  finishRecipients(
    broadcastId: string,
    claim: string,
    outcomes: readonly RecipientOutcome[],
    againMs: number,
  ): Promise<void>;
  /** Complete where everybody is listed and nobody waits; returns whether it is now. */
  completeIfDone(broadcastId: string): Promise<boolean>;
  /** Forgets broadcasts that were finished so long ago, with their recipients; at most so many rows at once. Returns how many went. */
  removeFinished(olderThanMs: number, limit: number): Promise<number>;
}

/** What a broadcast says of its audience, in a stored form and back. */
export function audienceOfJson(json: JsonObject): BroadcastAudience {
  const { withGuests, neverConsented, inactiveSince, userIds } = json;
  return {
    ...(withGuests === true && { withGuests }),
    ...(neverConsented === true && { neverConsented }),
    ...(typeof inactiveSince === 'number' && { inactiveSince }),
    ...(Array.isArray(userIds) && { userIds: userIds.filter((userId) => typeof userId === 'string') }),
  };
}
