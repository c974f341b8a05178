import type { CapabilitiesResponse } from '@plexus/matrix-api';
import { DEFAULT_ROOM_VERSION, ROOM_VERSIONS } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';

export interface CapabilitySettings {
  readonly givesLoginTokens: boolean;
  /** Whether a server's users can change their third-party ids. */
  readonly changesThreepids: (serverName: string) => boolean;
}

const ROOM_VERSIONS_CAPABILITY = {
  default: DEFAULT_ROOM_VERSION,
  available: Object.fromEntries(ROOM_VERSIONS.map((version) => [version, 'stable' as const])),
};
const NOT_YET = { enabled: false };

/**
 * What a client may offer to its user (https://spec.matrix.org/v1.19/client-server-api/#capabilities-negotiation). A capability that is left out
 * mostly counts as enabled, so those whose endpoints are missing are named.
 */
export class DescribeCapabilities {
  readonly #settings: CapabilitySettings;

  constructor(settings: CapabilitySettings) {
    this.#settings = settings;
  }

  execute({ isAdmin, isDeploymentAdmin, isGuest, serverName }: Requester): CapabilitiesResponse['capabilities'] {
    const { givesLoginTokens, changesThreepids } = this.#settings;
    return {
      'm.room_versions': ROOM_VERSIONS_CAPABILITY,
      'm.change_password': { enabled: !isGuest },
      'm.set_displayname': NOT_YET,
      'm.set_avatar_url': NOT_YET,
      'm.profile_fields': NOT_YET,
      'm.3pid_changes': { enabled: !isGuest && changesThreepids(serverName) },
      'm.get_login_token': { enabled: !isGuest && givesLoginTokens },
      'm.forget_forced_upon_leave': { enabled: false },
      ...((isAdmin || isDeploymentAdmin) && { 'm.account_moderation': { suspend: true, lock: true } }),
    };
  }
}
