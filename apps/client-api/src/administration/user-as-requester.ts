import { serverNameOf } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';

/** A user on whose behalf an administrator acts: as if they asked themselves, from no device; whether they agree to policies is not asked. */
export function asUser(userId: string): Requester {
  const roles = { isAdmin: false, isDeploymentAdmin: false, isGuest: false };
  const rest = { deviceId: '', tokenHash: NO_TOKEN, isExemptFromConsent: true };
  return { userId, serverName: serverNameOf(userId), ...roles, ...rest };
}

const NO_TOKEN = Buffer.alloc(0);
