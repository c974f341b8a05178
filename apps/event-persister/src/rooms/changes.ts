import type { StateKey } from '@plexus/room-dag';
import type {
  EventErasure,
  EventPurge,
  FilledExtremity,
  NewBackwardExtremity,
  NewDeadLetter,
  NewEvent,
  NewHighlight,
  NewLogRow,
  NewReceipt,
  NewStateNode,
  ParkedPdu,
  PlacedRelation,
  RedactedCopy,
  RerootedEvent,
  RestoredEvent,
  ResidencyChange,
  RoomBlockChange,
  RoomImportChange,
  RoomRemoval,
  RoomSummary,
  RoomLogKind,
  UnparkedPdu,
  UserRoom,
} from '@plexus/storage';

/** A key of current state that a row of the log changed; `eventNid` is nothing where the key was removed. */
export interface ChangedKey extends StateKey {
  readonly eventNid: number | undefined;
}

/** Of the command that made an event, or took it in. */
export interface CommandOrigin {
  readonly transactionId: string | undefined;
  readonly senderDeviceId: string | undefined;
  /** The hosted server that tells others of an event of another server, whose sender asked it to. */
  readonly distributedBy?: string;
}

/** A row of the log with what followers of the log get to see. */
export interface LogEntry {
  readonly row: NewLogRow;
  readonly kind: RoomLogKind;
  readonly roomId: string;
  readonly roomVersion: string;
  readonly event: NewEvent | undefined;
  readonly changed: readonly ChangedKey[];
  /** Redactions of the event that arrived before it. */
  readonly redactedBy?: readonly string[] | undefined;
}

/** What an attempt would store and tell. */
export class Changes {
  readonly events: NewEvent[] = [];
  readonly rerooted: RerootedEvent[] = [];
  readonly redactedCopies: RedactedCopy[] = [];
  readonly restored: RestoredEvent[] = [];
  readonly stateNodes: NewStateNode[] = [];
  readonly log: LogEntry[] = [];
  readonly residencyResets: { readonly shard: number; readonly roomNid: number }[] = [];
  readonly residency: ResidencyChange[] = [];
  readonly backwardExtremities: NewBackwardExtremity[] = [];
  readonly filledExtremities: FilledExtremity[] = [];
  readonly imports: RoomImportChange[] = [];
  readonly receipts: NewReceipt[] = [];
  /** What events imply; stored later. */
  readonly impliedReceipts: NewReceipt[] = [];
  readonly highlights: NewHighlight[] = [];
  readonly removedRooms: RoomRemoval[] = [];
  readonly purges: EventPurge[] = [];
  readonly erasures: EventErasure[] = [];
  readonly blocks: RoomBlockChange[] = [];
  readonly listedRooms: { readonly shard: number; readonly roomNid: number }[] = [];
  readonly memberships: UserRoom[] = [];
  readonly summaries: RoomSummary[] = [];
  readonly changedKeys: ChangedKey[] = [];
  /** Whether more keys of the state change than are listed. */
  isStateReplaced = false;
  readonly parked: ParkedPdu[] = [];
  readonly unparked: UnparkedPdu[] = [];
  readonly deadLetters: NewDeadLetter[] = [];
  readonly redactedEvents: { readonly shard: number; readonly eventNid: number }[] = [];
  /** Of events that are stored already. */
  readonly relations: PlacedRelation[] = [];
  readonly brokenRelations: { readonly shard: number; readonly eventNid: number }[] = [];
  /** Whether something in what describes the room was redacted. */
  isRedescribed = false;
  readonly settledDeadLetters: { readonly shard: number; readonly deadLetterNid: number }[] = [];

  /** Takes what a later attempt would store, but for what is told and counted elsewhere. */
  absorb(made: Changes): void {
    this.events.push(...made.events);
    this.rerooted.push(...made.rerooted);
    this.redactedCopies.push(...made.redactedCopies);
    this.restored.push(...made.restored);
    this.stateNodes.push(...made.stateNodes);
    this.log.push(...made.log);
    this.residencyResets.push(...made.residencyResets);
    this.residency.push(...made.residency);
    this.backwardExtremities.push(...made.backwardExtremities);
    this.filledExtremities.push(...made.filledExtremities);
    this.imports.push(...made.imports);
    this.receipts.push(...made.receipts);
    this.highlights.push(...made.highlights);
    this.removedRooms.push(...made.removedRooms);
    this.purges.push(...made.purges);
    this.erasures.push(...made.erasures);
    this.blocks.push(...made.blocks);
    this.listedRooms.push(...made.listedRooms);
    this.parked.push(...made.parked);
    this.unparked.push(...made.unparked);
    this.deadLetters.push(...made.deadLetters);
    this.settledDeadLetters.push(...made.settledDeadLetters);
    this.redactedEvents.push(...made.redactedEvents);
    this.relations.push(...made.relations);
    this.brokenRelations.push(...made.brokenRelations);
  }
}
