import type { SyncToken } from '@plexus/matrix-api';
import type { PresenceName } from '../presence/presence-board.ts';
import type { RequestEnd } from '../sessions/request-end.ts';
import type { SyncFilter } from './sync-filter.ts';

/** A request for `/sync` of an authenticated device, parsed. */
export interface SyncRequest {
  readonly userId: string;
  readonly deviceId: string;
  /** Nothing on an initial sync. */
  readonly since: SyncToken | undefined;
  /**
   * `since`, the filter and the form of the answer as the client wrote them: in the same words it gets the same answer again. Nothing where it wants
   * what there is now.
   */
  readonly words: string | undefined;
  readonly filter: SyncFilter;
  /** Milliseconds. */
  readonly timeout: number;
  readonly fullState: boolean;
  readonly useStateAfter: boolean;
  /** How the client says that its user is. */
  readonly setPresence: PresenceName;
  /** Reached when the client has gone, and by whatever else ends the request. */
  readonly end: RequestEnd;
}
