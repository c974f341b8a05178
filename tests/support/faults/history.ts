/** What a run left behind, as the checker reads it: the log of every shard, and what everybody saw. */
export interface History {
  /** What somebody met that no client should: a refusal, a request that is never answered. */
  readonly incidents: readonly string[];
  readonly shards: readonly ShardEnd[];
  /** In the order of their shards' logs. */
  readonly log: readonly LoggedEvent[];
  /** Rows of the logs that tell of something else; nothing in a run among local users makes any. */
  readonly rowsWithoutEvent: readonly RowWithoutEvent[];
  readonly acknowledged: readonly Acknowledged[];
  readonly views: readonly View[];
  readonly states: readonly StateView[];
  /** What a user's own list of joined rooms says. */
  readonly joinedRooms: readonly JoinedRooms[];
}

export interface ShardEnd {
  readonly shard: number;
  /** Counters of the shard's row. */
  readonly position: number;
  readonly published: number;
}

export interface RowWithoutEvent {
  readonly shard: number;
  readonly position: number;
  readonly kind: number;
  readonly roomId: string | undefined;
}

export interface LoggedEvent {
  readonly shard: number;
  readonly position: number;
  readonly roomId: string;
  readonly eventId: string;
  readonly type: string;
  readonly stateKey: string | undefined;
  readonly sender: string;
  /** `membership` of a member event. */
  readonly membership: string | undefined;
  /** What the workload wrote into the content, to know the event again. */
  readonly marker: string | undefined;
  readonly prevEvents: readonly string[];
}

/** A request that was answered with success. */
export interface Acknowledged {
  readonly marker: string;
  readonly roomId: string;
  /** Where the answer told it. */
  readonly eventId: string | undefined;
  /** Whether a repeated request must have no further effect: it has a transaction id. */
  readonly isOnce: boolean;
}

/** The events of a room, in the order in which somebody saw them, from some event on. */
export interface View {
  readonly who: string;
  readonly roomId: string;
  /** Ends where the room ends; begins at its beginning, or after this event. */
  readonly after: string | undefined;
  readonly eventIds: readonly string[];
}

/** The current state of a room, as somebody saw it: event ids by type and state key. */
export interface StateView {
  readonly who: string;
  readonly roomId: string;
  readonly eventIds: ReadonlyMap<string, string>;
}

export interface JoinedRooms {
  readonly userId: string;
  readonly roomIds: readonly string[];
}

export function stateKeyOf(type: string, stateKey: string): string {
  return JSON.stringify([type, stateKey]);
}
