import type { PolicyAnswer } from '@plexus/pdu-checks';
import type { StateNode } from '@plexus/room-dag';
import type { AnnotationQuery, CitingEvent, DeadLetterRecord, ReceiptKey, UserRoom } from '@plexus/storage';
import type { KnownEvent } from './known-event.ts';

/** What an attempt to do something in a room needs and does not have. */
export class Missing {
  readonly nodes = new Set<number>();
  readonly events = new Set<number>();
  readonly eventIds = new Set<string>();
  /** Servers whose users are to be counted. */
  readonly servers = new Set<string>();
  /** Whether the room has any resident server of ours. */
  needsHostedResident = false;
  /** Memberships in other rooms. */
  readonly memberships = new Map<string, { readonly userId: string; readonly roomId: string }>();
  /** Users whose membership in this room is needed as it is projected, whether it is in its state or not. */
  readonly userRooms = new Set<string>();
  /** Residency in other rooms. */
  readonly residencies = new Map<string, { readonly serverName: string; readonly roomId: string }>();
  /** Events whose auth children are needed. */
  readonly citedBy = new Set<number>();
  /** Work that takes long and runs elsewhere. */
  readonly tasks = new Map<string, () => Promise<unknown>>();
  /** Annotations that may be there already. */
  readonly annotations = new Map<string, Annotation>();
  readonly deadLetters = new Set<{ readonly shard: number; readonly deadLetterNid: number }>();
  /** By `receiptKeyOf`. */
  readonly receipts = new Map<string, ReceiptKey>();

  get isEmpty(): boolean {
    return (
      !this.needsHostedResident &&
      this.nodes.size +
        this.events.size +
        this.eventIds.size +
        this.servers.size +
        this.memberships.size +
        this.userRooms.size +
        this.residencies.size +
        this.citedBy.size +
        this.tasks.size +
        this.annotations.size +
        this.deadLetters.size +
        this.receipts.size ===
        0
    );
  }
}

/** What was loaded for one command or PDU: kept until it is done, whatever the caches forget. */
export class Loaded {
  readonly nodes = new Map<number, StateNode>();
  readonly events = new Map<number, KnownEvent>();
  /** Null where no such event is stored in the room. */
  readonly eventsById = new Map<string, KnownEvent | null>();
  /** Of events that are not stored in the room: redactions that name them. */
  readonly redactions = new Map<string, readonly string[]>();
  /** Of events without a place in the room: those that accepted events follow. */
  readonly followed = new Set<string>();
  readonly joinedCounts = new Map<string, number>();
  hasHostedResident: boolean | undefined;
  readonly memberships = new Map<string, UserRoom['membership'] | undefined>();
  readonly userRooms = new Map<string, UserRoom | undefined>();
  readonly residencies = new Map<string, boolean>();
  readonly citedBy = new Map<number, { readonly events: readonly CitingEvent[]; readonly isComplete: boolean }>();
  readonly results = new Map<string, unknown>();
  readonly annotations = new Map<string, boolean>();
  /** How often something was attempted here that goes elsewhere when it takes too long. */
  readonly attempts = new Map<string, number>();
  readonly deadLetters = new Map<number, DeadLetterRecord | undefined>();
  /** Positions of the events of receipts, by `receiptKeyOf`. */
  readonly receipts = new Map<string, number | undefined>();
  /** What the room's policy server said, by event id. */
  readonly policyAnswers = new Map<string, PolicyAnswer>();
  /** Ids that were chosen for events of versions 1 and 2, by depth. */
  readonly chosenEventIds = new Map<number, string>();
  /** Milliseconds since the epoch: when it was attempted first. Each attempt makes the same events by it. */
  attemptedAt: number | undefined;

  /** Whether the room was found not to be stored before its turn: none of its events is then. */
  isRoomAbsent = false;
  /** The mark of memory from before the first reading that was done before its turn; nothing where none was. */
  aheadSince: number | undefined;
  /** How often it was cleared. */
  clearings = 0;

  /** What was read before its turn may have been overtaken. */
  forgetEvents(): void {
    this.eventsById.clear();
    this.redactions.clear();
    this.followed.clear();
    this.aheadSince = undefined;
  }

  /** Others may have written since. */
  clear(): void {
    for (const part of [
      this.nodes,
      this.events,
      this.eventsById,
      this.redactions,
      this.followed,
      this.joinedCounts,
      this.memberships,
      this.userRooms,
      this.residencies,
      this.citedBy,
      this.results,
      this.annotations,
      this.attempts,
      this.deadLetters,
      this.receipts,
      this.policyAnswers,
      this.chosenEventIds,
    ]) {
      part.clear();
    }
    this.hasHostedResident = undefined;
    this.isRoomAbsent = false;
    this.attemptedAt = undefined;
    this.aheadSince = undefined;
    this.clearings += 1;
  }
}

export function receiptKeyOf({ userId, receiptType, threadId }: ReceiptKey): string {
  return `${userId} ${receiptType} ${threadId}`;
}

export function membershipKey(userId: string, roomId: string): string {
  return `${userId} ${roomId}`;
}

export function annotationKey({ parentEventId, sender, eventType, keyHash }: Annotation): string {
  return [parentEventId, sender, keyHash, eventType].join(' ');
}

export type Annotation = Omit<AnnotationQuery, 'shard' | 'roomNid'>;
