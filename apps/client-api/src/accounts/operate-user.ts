import { MatrixError } from '@plexus/matrix-base';
import type {
  AccountDeactivationRepository,
  DeviceRepository,
  Moderation,
  SessionRepository,
  UserAdminRepository,
  UserRepository,
} from '@plexus/storage';
import type { ChangeAccess } from './change-access.ts';
import type { PasswordHasher } from './password-hasher.ts';

export interface OperateUserPorts {
  readonly users: Pick<UserRepository, 'changePassword' | 'moderateUser'>;
  readonly userAdmin: Pick<UserAdminRepository, 'findUser' | 'changeUser'>;
  readonly devices: Pick<DeviceRepository, 'findDevice'>;
  readonly sessions: Pick<SessionRepository, 'removeDevices'>;
  readonly deactivations: Pick<AccountDeactivationRepository, 'startDeactivation'>;
  readonly passwords: PasswordHasher;
  readonly changeAccess: Pick<ChangeAccess, 'execute'>;
}

/** Changes accounts on an operator's word, who needs no account for it. Every running replica knows it at once. */
export class OperateUser {
  readonly #ports: OperateUserPorts;

  constructor(ports: OperateUserPorts) {
    this.#ports = ports;
  }

  /** Ends all sessions of the user. */
  async setPassword(userId: string, password: string): Promise<void> {
    await this.#requireUser(userId);
    const { users, passwords, changeAccess } = this.#ports;
    const passwordHash = await passwords.hash(password);
    await changeAccess.execute({ userId }, async () => {
      const change = { userId, passwordHash, logout: { exceptDeviceId: undefined } };
      return { gone: await users.changePassword(change), result: undefined };
    });
  }

  async setRole(userId: string, administers: 'nothing' | 'server' | 'deployment'): Promise<void> {
    await this.#requireUser(userId);
    const roles = { isAdmin: administers !== 'nothing', isDeploymentAdmin: administers === 'deployment' };
    await this.#ports.changeAccess.execute({ userId }, async () => {
      return { gone: [], result: await this.#ports.userAdmin.changeUser(userId, roles) };
    });
  }

  /** Locks, suspends or bans the user from being heard, or lifts it again. */
  async moderate(userId: string, change: Moderation): Promise<void> {
    await this.#requireUser(userId);
    await this.#ports.changeAccess.execute({ userId }, async () => {
      return { gone: [], result: await this.#ports.users.moderateUser(userId, change) };
    });
  }

  /** Ends the session of a device, or all of the user's; the devices go with their sessions. Throws 404 where the user has no such device. */
  async logOut(userId: string, deviceId?: string): Promise<void> {
    await this.#requireUser(userId);
    const { devices, sessions, changeAccess } = this.#ports;
    if (deviceId !== undefined && (await devices.findDevice(userId, deviceId)) === undefined) {
      throw new MatrixError('M_NOT_FOUND', 404, `${userId} has no device ${deviceId}`);
    }
    const which = deviceId === undefined ? undefined : [deviceId];
    await changeAccess.execute({ userId, deviceId }, async () => {
      return { gone: await sessions.removeDevices(userId, which), result: undefined };
    });
  }

  /** The account is closed at once; a running `client-api` parts the user from their rooms. */
  async deactivate(userId: string, { erase }: { readonly erase: boolean }): Promise<void> {
    await this.#requireUser(userId);
    await this.#ports.changeAccess.execute({ userId }, async () => {
      return { gone: await this.#ports.deactivations.startDeactivation({ userId, erase }), result: undefined };
    });
  }

  /** Throws 404 where there is no such user, 400 for one who is deactivated. */
  async #requireUser(userId: string): Promise<void> {
    const user = await this.#ports.userAdmin.findUser(userId);
    if (user === undefined) throw new MatrixError('M_NOT_FOUND', 404, `There is no user ${userId}`);
    if (user.isDeactivated) throw new MatrixError('M_UNKNOWN', 400, `${userId} is deactivated`);
  }
}
