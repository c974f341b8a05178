/** What describes a room, as projected from its state. */
export interface RoomSummary {
  readonly roomId: string;
  readonly shard: number;
  readonly roomNid: number;
  /** Of the row in the shard's room log as of which it is, or of a later one. */
  readonly position: number;
  readonly roomVersion: string;
  readonly joinedCount: number;
  readonly name: string | undefined;
  readonly topic: string | undefined;
  readonly canonicalAlias: string | undefined;
  readonly avatarUrl: string | undefined;
  readonly joinRule: string | undefined;
  readonly roomType: string | undefined;
  readonly encryption: string | undefined;
  readonly isWorldReadable: boolean;
  readonly guestsCanJoin: boolean;
}

/** Writes the projection of summaries. */
export interface RoomSummaryProjection {
  /** Stores each summary unless a later one of the room is stored. At most one per room. */
  storeSummaries(summaries: readonly RoomSummary[]): Promise<void>;
  /** The room is gone: no directory shows it any more. */
  removeSummary(roomId: string): Promise<void>;
}
