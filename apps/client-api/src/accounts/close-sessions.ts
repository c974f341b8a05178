import type { SessionRepository } from '@plexus/storage';
import type { DeviceListAnnouncer } from '../keys/device-list-announcer.ts';
import type { ChangeAccess } from './change-access.ts';

/** Removes devices with their tokens (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3logout). */
export class CloseSessions {
  readonly #sessions: SessionRepository;
  readonly #changeAccess: ChangeAccess;
  readonly #deviceLists: DeviceListAnnouncer;

  constructor(sessions: SessionRepository, changeAccess: ChangeAccess, deviceLists: DeviceListAnnouncer) {
    this.#sessions = sessions;
    this.#changeAccess = changeAccess;
    this.#deviceLists = deviceLists;
  }

  /** These devices, or all of the user's. */
  async execute(userId: string, deviceIds?: readonly string[]): Promise<void> {
    const deviceId = deviceIds?.length === 1 ? deviceIds[0] : undefined;
    await this.#changeAccess.execute({ userId, deviceId }, async () => ({
      gone: await this.#sessions.removeDevices(userId, deviceIds),
      result: undefined,
    }));
    this.#deviceLists.deviceListChanged(userId);
  }
}
