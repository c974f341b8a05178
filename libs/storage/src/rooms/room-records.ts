import type { EventUnread } from './receipts.ts';

/** Where a room is stored, and its current state. Numbers below 2^53. */
export interface RoomRecord {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomId: string;
  readonly roomVersion: string;
  /** Root of the current state in the room's state trie; 0 is the empty state. */
  readonly currentRoot: number;
  /** Event numbers. */
  readonly forwardExtremities: readonly number[];
  readonly depth: number;
  readonly topologicalPosition: number;
  readonly joinedCount: number;
  readonly invitedCount: number;
  /** How many events notify everybody, and how many of these are in threads. */
  readonly notifyCount: number;
  readonly threadNotifyCount: number;
  /** Whether a hosted server has ever shown it in its directory. */
  readonly isListed: boolean;
  /** The number of the event by which a hosted server joined while the state lacks members; nothing where it is complete. */
  readonly partialJoin?: number | undefined;
}

export type EventStatus = 'accepted' | 'rejected' | 'soft-failed';

/** An event as stored: its canonical JSON and its places. */
export interface StoredEvent {
  readonly shard: number;
  readonly eventNid: number;
  readonly eventId: string;
  readonly roomNid: number;
  /** Nothing on outliers. */
  readonly topologicalPosition: number | undefined;
  /** Nothing on outliers, backfilled, rejected and soft-failed events. */
  readonly streamPosition: number | undefined;
  readonly stateBefore: number | undefined;
  readonly stateAfter: number | undefined;
  readonly authDepth: number;
  readonly status: EventStatus;
  /** Canonical JSON of the PDU. */
  readonly json: Buffer;
  /** Nothing where it is not counted. */
  readonly unread: EventUnread | undefined;
  /** Ids of the redactions that name this event, in the order of their numbers; whether they apply is for the reader to decide. */
  readonly redactedBy: readonly string[];
  /** Whether its content is not here: it did not match its hash, and `json` is the redacted form. */
  readonly isRedactedCopy?: boolean;
}

export type RoomLogKind = 'event' | 'state-correction' | 'receipt' | 'tombstone' | 'membership-without-room';

/** A row of a shard's room log. */
export interface RoomLogRow {
  readonly shard: number;
  readonly position: number;
  readonly kind: RoomLogKind;
  readonly roomNid: number;
  readonly roomId: string;
  readonly roomVersion: string;
  /** The room's current state before and after this row. */
  readonly previousRoot: number;
  readonly currentRoot: number;
  readonly event: StoredEvent | undefined;
  readonly transactionId: string | undefined;
  readonly senderDeviceId: string | undefined;
  /** Of kinds without an event their own encoding; of an event of another server the hosted server that tells the others of it. */
  readonly body: Buffer | undefined;
}
