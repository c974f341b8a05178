import type { AuthState, RoomVersionRules } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';
import type { RoomRecord } from '@plexus/storage';

/** Whose word it is. */
export type Upgrader = Pick<Requester, 'userId' | 'deviceId' | 'serverName' | 'isShadowBanned' | 'isExemptFromConsent'>;

/** A room on its way into another version. */
export interface Upgrade {
  readonly requester: Upgrader;
  readonly old: RoomRecord;
  readonly state: AuthState;
  readonly rules: RoomVersionRules;
  /** Names all that is done for it: what is repeated is done once. */
  readonly id: string;
}
