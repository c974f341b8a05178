import { MatrixError } from '@plexus/matrix-base';
import type { DeviceRepository, SessionRepository } from '@plexus/storage';
import type { OpenSession } from '../accounts/open-session.ts';

export interface AddDevicePorts {
  readonly devices: DeviceRepository;
  readonly sessions: SessionRepository;
}

/** Adds a device that nobody is logged in on; one that is there stays as it is. */
export class AddDevice {
  readonly #ports: AddDevicePorts;
  readonly #openSession: OpenSession;

  constructor(ports: AddDevicePorts, openSession: OpenSession) {
    this.#ports = ports;
    this.#openSession = openSession;
  }

  /** @NOTE The token that comes with the device is told to nobody and is good for nothing after a moment. */
  async execute(userId: string, deviceId: string): Promise<void> {
    if ((await this.#ports.devices.findDevice(userId, deviceId)) !== undefined) return;
    const { stored } = this.#openSession.newTokens(false);
    const session = { userId, deviceId, deviceDisplayName: undefined, ...stored, lifetimeMs: 1 };
    const { outcome } = await this.#ports.sessions.openSession(session);
    if (outcome !== 'opened') throw new MatrixError('M_USER_DEACTIVATED', 403, 'This account was deactivated');
  }
}
