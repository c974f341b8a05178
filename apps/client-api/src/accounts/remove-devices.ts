import type { AuthData } from '@plexus/matrix-api';
import type { Requester } from '@plexus/service-shell';
import { PASSWORD } from '../authentication/auth-stage.ts';
import type { AskedAuth, InteractiveAuth } from '../authentication/interactive-auth.ts';
import type { CloseSessions } from './close-sessions.ts';

export interface DeviceRemoval {
  readonly requester: Requester;
  readonly deviceIds: readonly string[];
  readonly auth: AuthData | undefined;
  readonly clientAddress: string;
}

/** Removes devices of a user who proves to be it, or of one whom an application service acts as (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3delete_devices). */
export class RemoveDevices {
  readonly #interactiveAuth: InteractiveAuth;
  readonly #closeSessions: CloseSessions;

  constructor(interactiveAuth: InteractiveAuth, closeSessions: CloseSessions) {
    this.#interactiveAuth = interactiveAuth;
    this.#closeSessions = closeSessions;
  }

  /** Devices that are not there count as removed. */
  async execute(removal: DeviceRemoval): Promise<AskedAuth | { readonly outcome: 'removed' }> {
    const { requester, auth, clientAddress } = removal;
    const { userId, serverName } = requester;
    const deviceIds = [...new Set(removal.deviceIds)].toSorted();
    if (requester.appserviceId === undefined) {
      const authenticated = await this.#interactiveAuth.execute({
        auth,
        serverName,
        userId,
        clientAddress,
        operation: { name: 'remove-devices', parameters: deviceIds },
        flows: [{ stages: [PASSWORD] }],
      });
      if (authenticated.outcome === 'ask') return authenticated;
    }
    await this.#closeSessions.execute(
      userId,
      deviceIds.filter((deviceId) => !deviceId.includes('\0')),
    );
    return { outcome: 'removed' };
  }
}
