import type { RoomEvent } from '@plexus/room-dag';
import type { EventStatus } from '@plexus/storage';
import type { CommandOrigin } from './changes.ts';
import type { KnownEvent } from './known-event.ts';

/** An event on its way into the room. */
export interface EventToStore {
  readonly event: RoomEvent;
  readonly bytes: Buffer;
  /** Whether its content did not match its hash: it is the redacted form. */
  readonly isRedactedCopy?: boolean;
  readonly status: EventStatus;
  readonly stateBefore: number;
  readonly prevEvents: readonly KnownEvent[];
  readonly authEvents: readonly KnownEvent[];
  /** The event as it is stored already, without a place. */
  readonly outlier?: KnownEvent | undefined;
  /** Its place, where that does not follow from its predecessors: not all of them are stored. */
  readonly topologicalPosition?: number;
}

/** How an appended event changes the head, where it does not simply become its only extremity. */
export interface NextHead {
  /** Extremities that stay beside it. */
  readonly extremities?: readonly KnownEvent[];
  /** Others that are stored follow it already: it is none itself. */
  readonly isFollowed?: boolean;
  /** The current state with it; else the state after it. */
  readonly rootOf?: (known: KnownEvent) => number;
  readonly origin?: CommandOrigin;
}
