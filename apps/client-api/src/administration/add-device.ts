import { MatrixError } from '@plexus/matrix-base';
import type { SessionRepository } from '@plexus/storage';

/** Adds a device that nobody is logged in on; one that is there stays as it is. */
export class AddDevice {
  readonly #sessions: Pick<SessionRepository, 'addDevice'>;

  constructor(sessions: Pick<SessionRepository, 'addDevice'>) {
    this.#sessions = sessions;
  }

  /** Whether the device is new. */
  async execute(userId: string, deviceId: string, displayName?: string): Promise<boolean> {
    const outcome = await this.#sessions.addDevice({ userId, deviceId, displayName });
    if (outcome === 'deactivated') throw new MatrixError('M_USER_DEACTIVATED', 403, 'This account was deactivated');
    if (outcome === 'device-id-is-key') throw new MatrixError('M_FORBIDDEN', 403, 'The device id is a key of the user');
    return outcome === 'added';
  }
}
