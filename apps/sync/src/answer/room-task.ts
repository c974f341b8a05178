import type { AccountSettings } from '@plexus/user-streams';
import type { RoomLog } from '../log/room-log.ts';
import type { Membership, UserSession } from '../sessions/user-session.ts';
import type { SyncRequest } from './sync-request.ts';

/** One room of a response, as it was decided when the response's positions were: nothing in it changes while it is worked on. */
export interface RoomTask {
  readonly request: SyncRequest;
  readonly session: UserSession;
  readonly room: RoomLog;
  readonly membership: Membership;
  /** The client's position in the room's shard; 0 on an initial sync. */
  readonly since: number;
  /** How far the client has what is not stored; 0 where this process did not tell it. */
  readonly ephemeralSince: number;
  /** The response's position in the room's shard; that of the leave in a room that the user has left. */
  readonly upTo: number;
  /** Account data of the room that the client does not have, as far as it is read: events, JSON each. */
  readonly accountData: readonly string[];
  /** Whether that is all of the room's account data, not only what changed. */
  readonly hasAllAccountData: boolean;
  readonly settings: AccountSettings;
}
