import type { CapabilitiesResponse } from '@plexus/matrix-api';
import { DEFAULT_ROOM_VERSION, ROOM_VERSIONS } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';

export interface CapabilitySettings {
  readonly givesLoginTokens: boolean;
  /** Fields of their profile that users cannot change. */
  readonly fixedProfileFields: readonly string[];
  /** Whether a server's users can change their third-party ids. */
  readonly changesThreepids: (serverName: string) => boolean;
}

const ROOM_VERSIONS_CAPABILITY = {
  default: DEFAULT_ROOM_VERSION,
  available: Object.fromEntries(ROOM_VERSIONS.map((version) => [version, 'stable' as const])),
};

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
    const { givesLoginTokens, changesThreepids, fixedProfileFields } = this.#settings;
    return {
      'm.room_versions': ROOM_VERSIONS_CAPABILITY,
      'm.change_password': { enabled: !isGuest },
      ...profileCapabilities(fixedProfileFields),
      'm.3pid_changes': { enabled: !isGuest && changesThreepids(serverName) },
      'm.get_login_token': { enabled: !isGuest && givesLoginTokens },
      'm.forget_forced_upon_leave': { enabled: false },
      ...((isAdmin || isDeploymentAdmin) && { 'm.account_moderation': { suspend: true, lock: true } }),
    };
  }
}

/** https://spec.matrix.org/v1.19/client-server-api/#mprofile_fields-capability, and the two that were before it. */
function profileCapabilities(disallowed: readonly string[]): Partial<CapabilitiesResponse['capabilities']> {
  return {
    'm.profile_fields': { enabled: true, ...(disallowed.length > 0 && { disallowed }) },
    'm.set_displayname': { enabled: !disallowed.includes('displayname') },
    'm.set_avatar_url': { enabled: !disallowed.includes('avatar_url') },
  };
}
