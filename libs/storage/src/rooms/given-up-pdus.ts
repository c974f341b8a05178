import type { RowPlace } from './row-place.ts';

/** A PDU that waited for events which nobody has. It is not stored, and a later copy is processed afresh. */
export interface GivenUpPdu {
  readonly shard: number;
  readonly givenUpNid: number;
  readonly roomId: string;
  readonly eventId: string;
  readonly origin: string;
  readonly because: string;
  /** Milliseconds since the epoch. */
  readonly givenUpAt: number;
}

export interface GivenUpPduQuery {
  /** The last one of the page before. */
  readonly after?: RowPlace | undefined;
  readonly limit: number;
  readonly roomId?: string | undefined;
  readonly origin?: string | undefined;
}

/** Reads what rooms' owners gave up. Throws `StorageError`. */
export interface GivenUpPduReader {
  /** In the order of shards, then oldest first. */
  listGivenUpPdus(query: GivenUpPduQuery): Promise<GivenUpPdu[]>;
}
