import type { SyncToken } from '@plexus/matrix-api';
import type { SyncFilter } from './sync-filter.ts';

/** A request for `/sync` of an authenticated device, parsed. */
export interface SyncRequest {
  readonly userId: string;
  readonly deviceId: string;
  /** Nothing on an initial sync. */
  readonly since: SyncToken | undefined;
  readonly filter: SyncFilter;
  /** Milliseconds. */
  readonly timeout: number;
  readonly fullState: boolean;
  readonly useStateAfter: boolean;
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal;
}
