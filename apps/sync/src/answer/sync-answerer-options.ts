import type { Clock } from '@plexus/matrix-base';
import type { ChangeCounter } from '../ephemeral/change-counter.ts';
import type { TypingRooms } from '../ephemeral/typing-rooms.ts';
import type { TracedArrival } from '../log/room-log.ts';
import type { AnnouncePresence } from '../presence/announce-presence.ts';
import type { DeviceSlots } from '../sessions/device-slots.ts';
import type { UserSessions } from '../sessions/user-sessions.ts';
import type { ChosenRoomsAnswerer } from './answer-rooms.ts';
import type { DeviceKeysReader } from './device-keys.ts';
import type { DeviceListsReader } from './device-lists.ts';
import type { FairQueue } from './fair-queue.ts';
import type { GivenAnswers } from './given-answers.ts';
import type { LogPlace } from './log-place.ts';
import type { PresenceSection } from './presence.ts';
import type { SyncTokens } from './sync-tokens.ts';
import type { UserItemsReader } from './user-items.ts';

export interface SyncAnswererOptions {
  readonly log: LogPlace;
  readonly tokens: SyncTokens;
  readonly sessions: UserSessions;
  readonly devices: DeviceSlots;
  readonly rooms: ChosenRoomsAnswerer;
  readonly items: UserItemsReader;
  readonly deviceLists: DeviceListsReader;
  readonly deviceKeys: DeviceKeysReader;
  readonly initialSyncs: FairQueue;
  readonly given: GivenAnswers;
  readonly typing: TypingRooms;
  /** Counts changes of what is not stored. */
  readonly ephemeral: Pick<ChangeCounter, 'last'>;
  readonly presence: Pick<PresenceSection, 'read'>;
  readonly announce: Pick<AnnouncePresence, 'syncing'>;
  readonly clock: Clock;
  /** An answer tells of a row of a recorded trace. */
  readonly answeredTraced?: ((arrival: TracedArrival) => void) | undefined;
  /** Of this process, 32 bits. */
  readonly bootId: number;
  /** Aborts when the process begins to stop: then whoever waits is answered. */
  readonly draining: AbortSignal;
}
