import type { SessionRepository } from '@plexus/storage';
import type { ChangeAccess } from './change-access.ts';

/** Removes devices with their tokens (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3logout). */
export class CloseSessions {
  readonly #sessions: SessionRepository;
  readonly #changeAccess: ChangeAccess;

  constructor(sessions: SessionRepository, changeAccess: ChangeAccess) {
    this.#sessions = sessions;
    this.#changeAccess = changeAccess;
  }

  /** These devices, or all of the user's. */
  async execute(userId: string, deviceIds?: readonly string[]): Promise<void> {
    const deviceId = deviceIds?.length === 1 ? deviceIds[0] : undefined;
    await this.#changeAccess.execute({ userId, deviceId }, async () => ({
      gone: await this.#sessions.removeDevices(userId, deviceIds),
      result: undefined,
    }));
  }
}
