import type { EventUnread, NewEvent } from '@plexus/storage';
import type { CommandOrigin } from './changes.ts';
import type { KnownEvent } from './known-event.ts';

/** Where a room's head goes with one row of the log. */
export interface HeadMove {
  readonly root: number;
  readonly extremities: readonly KnownEvent[];
  readonly topologicalPosition: number;
  readonly stored: NewEvent | undefined;
  readonly unread?: EventUnread;
  readonly origin?: CommandOrigin;
}
