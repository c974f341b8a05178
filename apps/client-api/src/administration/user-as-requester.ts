import { serverNameOf } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';

/** A user on whose behalf an administrator acts: as if they asked themselves, from no device. */
export function asUser(userId: string): Requester {
  const roles = { isAdmin: false, isDeploymentAdmin: false, isGuest: false };
  return { userId, serverName: serverNameOf(userId), deviceId: '', ...roles, tokenHash: NO_TOKEN };
}

const NO_TOKEN = Buffer.alloc(0);
