import type { EventUnread, NewHighlight, NewReceipt } from './receipts.ts';
import type { EventStatus, RoomLogKind } from './room-records.ts';

/** What a shard's owner keeps of its row: the numbers that it gave out last, and how far others have followed. */
export interface ShardCounters {
  /** Of the last row in the shard's room log. */
  readonly position: number;
  readonly lastRoomNid: number;
  readonly lastEventNid: number;
  readonly lastNodeNid: number;
  /** Up to which position the log is published. */
  readonly published: number;
  /** Up to which position memberships are projected. */
  readonly projected: number;
  /** The next offset of `federation.pdus` in the topic's `inboundIncarnation`. */
  readonly inboundOffset: number;
  readonly inboundIncarnation: string;
}

/** The counters of a shard before and after a unit of work of the owner with this epoch. */
export interface ShardAdvance {
  readonly shard: number;
  readonly epoch: number;
  readonly positionBefore: number;
  readonly counters: ShardCounters;
}

/** A room as it is to be stored. */
export interface RoomChange {
  readonly shard: number;
  readonly roomNid: number;
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
  /** The event by which the room was joined, as long as its state lacks members. */
  readonly partialJoin: number | undefined;
}

/** An event over another state than before. */
export interface RerootedEvent {
  readonly shard: number;
  readonly eventNid: number;
  readonly stateBefore: number;
  readonly stateAfter: number;
  readonly status: EventStatus;
}

export interface NewRoom extends RoomChange {
  readonly roomId: string;
  readonly roomVersion: string;
}

export interface NewEvent {
  readonly shard: number;
  readonly roomNid: number;
  readonly eventNid: number;
  readonly eventId: string;
  readonly topologicalPosition: number | undefined;
  readonly streamPosition: number | undefined;
  readonly stateBefore: number | undefined;
  readonly stateAfter: number | undefined;
  readonly authDepth: number;
  readonly status: EventStatus;
  /** Canonical JSON. */
  readonly json: Buffer;
  /** Numbers of the events that it cites as auth events, without the create event; of state events only. */
  readonly authEventNids: readonly number[];
  /** The event that it redacts, if it is a redaction. */
  readonly redacts: string | undefined;
  /** Of accepted events only. */
  readonly relation: NewRelation | undefined;
  /** Nothing where it is not counted. */
  readonly unread: EventUnread | undefined;
  /** Whether it is stored already, without a place: then it gets this one, under the number that it has. */
  readonly wasOutlier: boolean;
}

/** An event that is stored redacted, because its content did not match its hash. */
export interface RedactedCopy {
  readonly shard: number;
  readonly roomNid: number;
  readonly eventNid: number;
}

/** An event that was a redacted copy, as its sender made it. */
export interface RestoredEvent {
  readonly shard: number;
  readonly eventNid: number;
  /** Canonical JSON. */
  readonly json: Buffer;
}

/** An event that a stored one names among its `prev_events`, and that is not stored. */
export interface NewBackwardExtremity {
  readonly shard: number;
  readonly roomNid: number;
  readonly missingEventId: string;
  readonly eventNid: number;
}

/** History that was missing is here: by the id of the event that others named. */
export interface FilledExtremity {
  readonly shard: number;
  readonly roomNid: number;
  readonly missingEventId: string;
}

/** A room on its way here from another server. */
export interface RoomImportChange {
  readonly shard: number;
  readonly roomId: string;
  readonly roomNid: number;
  /** Of what of its state is stored so far; nothing: it has arrived. */
  readonly stateRoot: number | undefined;
}

/** How an event relates to another one. */
export interface NewRelation {
  readonly parentEventId: string;
  readonly relationType: string;
  readonly eventType: string;
  readonly sender: string;
  readonly originServerTs: number;
  /** Whether it can replace its parent, if that is of the same sender and type. */
  readonly isReplacement: boolean;
  /** Of annotations: a hash of their key. */
  readonly keyHash: string | undefined;
}

/** A relation of an event that is stored already, by the event's place. */
export interface PlacedRelation extends Pick<
  NewEvent,
  'shard' | 'roomNid' | 'eventNid' | 'eventId' | 'topologicalPosition'
> {
  readonly relation: NewRelation;
}

export interface NewStateNode {
  readonly shard: number;
  readonly roomNid: number;
  readonly nodeNid: number;
  readonly body: Uint8Array;
}

export interface NewLogRow {
  readonly shard: number;
  readonly position: number;
  readonly roomNid: number;
  readonly kind: RoomLogKind;
  readonly eventNid: number | undefined;
  readonly previousRoot: number;
  readonly currentRoot: number;
  readonly body: Buffer | undefined;
  readonly transactionId: string | undefined;
  readonly senderDeviceId: string | undefined;
}

/** A command that had an effect, and what it is answered with ever after. */
export interface ExecutedCommand {
  readonly shard: number;
  readonly commandId: string;
  readonly roomNid: number;
  readonly eventNids: readonly number[];
  readonly position: number;
}

/** How many more or fewer users of a server are joined. */
export interface ResidencyChange {
  readonly shard: number;
  readonly roomNid: number;
  readonly serverName: string;
  readonly joinedDelta: number;
}

/** A PDU that waits no longer. */
export interface UnparkedPdu {
  readonly shard: number;
  readonly eventId: string;
  /** Why it was given up; nothing where it was not. */
  readonly givenUpBecause?: string;
}

/** A record of `federation.pdus` that cannot be processed yet. */
export interface ParkedPdu {
  readonly shard: number;
  readonly roomId: string;
  readonly eventId: string;
  readonly origin: string;
  readonly destination: string;
  /** What it waits for; empty where it only waits for its turn in a room that is busy. */
  readonly missingEventIds: readonly string[];
  /** The record's bytes. */
  readonly record: Buffer;
}

export interface NewDeadLetter {
  readonly shard: number;
  readonly source: string;
  readonly roomId: string;
  readonly eventId: string | undefined;
  readonly origin: string | undefined;
  readonly error: string;
  readonly record: Buffer;
  readonly attempts: number;
}

/** Events that leave a room's timeline for good, by their numbers; their rows of the log become tombstones. */
export interface EventPurge {
  readonly shard: number;
  readonly roomNid: number;
  /** Gone. */
  readonly removed: readonly number[];
  /** Kept without a place and without states. */
  readonly outliers: readonly number[];
  /** Kept without a place, but with the state before them, by which they are still judged. */
  readonly judged: readonly number[];
  /** What the redactions among the removed ones named. */
  readonly redactions: readonly { readonly eventNid: number; readonly redacts: string }[];
}

/** What an erased user sent to a room is stored redacted: these events from now on, and others of theirs up to a depth when they come. */
export interface EventErasure {
  readonly shard: number;
  readonly roomId: string;
  readonly userId: string;
  readonly upToDepth: number;
  readonly events: readonly {
    readonly eventNid: number;
    /** Canonical JSON. */
    readonly json: Buffer;
  }[];
}

/** Whether users of a hosted server may take part in a room. */
export interface RoomBlockChange {
  readonly shard: number;
  readonly roomId: string;
  /** Empty: of every hosted server. */
  readonly serverName: string;
  /** Nothing: they may again. */
  readonly blockedBy: string | undefined;
}

/** A room that is to be gone at once; what it leaves behind is cleared away later. */
export interface RoomRemoval {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomId: string;
  /** The hosted server whose removal took the last resident away. */
  readonly removedFor: string;
  /** It never was here: an import of it was given up. Memberships that came without the room stay. */
  readonly isImport?: boolean;
}

/** One unit of work on any rooms of any shards of one owner: all of it is stored, or nothing. */
export interface RoomWork {
  readonly advances: readonly ShardAdvance[];
  readonly newRooms: readonly NewRoom[];
  readonly roomChanges: readonly RoomChange[];
  readonly removedRooms: readonly RoomRemoval[];
  /** Rooms that are listed from now on. */
  readonly listedRooms: readonly { readonly shard: number; readonly roomNid: number }[];
  readonly events: readonly NewEvent[];
  readonly rerooted: readonly RerootedEvent[];
  readonly redactedCopies: readonly RedactedCopy[];
  readonly restored: readonly RestoredEvent[];
  readonly purges: readonly EventPurge[];
  readonly erasures: readonly EventErasure[];
  readonly blocks: readonly RoomBlockChange[];
  readonly stateNodes: readonly NewStateNode[];
  readonly log: readonly NewLogRow[];
  readonly commands: readonly ExecutedCommand[];
  /** Rooms of which nothing is true any more that was counted of who is in them; `residency` comes on top. */
  readonly residencyResets: readonly { readonly shard: number; readonly roomNid: number }[];
  readonly residency: readonly ResidencyChange[];
  readonly backwardExtremities: readonly NewBackwardExtremity[];
  readonly filledExtremities: readonly FilledExtremity[];
  readonly imports: readonly RoomImportChange[];
  /** At most one of each key. */
  readonly receipts: readonly NewReceipt[];
  /** Up to where the receipts that users' own events imply are stored with this. */
  readonly readProgress: readonly { readonly shard: number; readonly position: number }[];
  readonly highlights: readonly NewHighlight[];
  readonly parked: readonly ParkedPdu[];
  readonly unparked: readonly UnparkedPdu[];
  readonly deadLetters: readonly NewDeadLetter[];
  readonly relations: readonly PlacedRelation[];
  /** Events whose relations end, since they are redacted. */
  readonly brokenRelations: readonly { readonly shard: number; readonly eventNid: number }[];
  readonly settledDeadLetters: readonly { readonly shard: number; readonly deadLetterNid: number }[];
}
