import type { ChangePasswordRequest } from '@plexus/matrix-api';
import type { Requester } from '@plexus/service-shell';
import type { UserRepository } from '@plexus/storage';
import { PASSWORD } from '../authentication/auth-stage.ts';
import type { AskedAuth, InteractiveAuth } from '../authentication/interactive-auth.ts';
import type { ChangeAccess } from './change-access.ts';
import type { PasswordHasher } from './password-hasher.ts';

export interface PasswordChangeRequest {
  readonly requester: Requester;
  readonly body: ChangePasswordRequest;
  readonly clientAddress: string;
}

export interface ChangePasswordPorts {
  readonly users: UserRepository;
  readonly passwords: PasswordHasher;
}

/** Changes a password (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountpassword). */
export class ChangePassword {
  readonly #ports: ChangePasswordPorts;
  readonly #interactiveAuth: InteractiveAuth;
  readonly #changeAccess: ChangeAccess;

  constructor(ports: ChangePasswordPorts, interactiveAuth: InteractiveAuth, changeAccess: ChangeAccess) {
    this.#ports = ports;
    this.#interactiveAuth = interactiveAuth;
    this.#changeAccess = changeAccess;
  }

  async execute({
    requester,
    body,
    clientAddress,
  }: PasswordChangeRequest): Promise<AskedAuth | { outcome: 'changed' }> {
    const { userId, serverName, deviceId } = requester;
    const { auth, new_password: password, logout_devices: logsOut = true } = body;
    const authenticated = await this.#interactiveAuth.execute({
      auth,
      serverName,
      userId,
      clientAddress,
      operation: { name: 'change-password', parameters: [password, logsOut] },
      flows: [{ stages: [PASSWORD] }],
    });
    if (authenticated.outcome === 'ask') return authenticated;
    const passwordHash = await this.#ports.passwords.hash(password);
    await this.#changeAccess.execute({ userId }, async () => {
      const change = { userId, passwordHash, ...(logsOut && { logout: { exceptDeviceId: deviceId } }) };
      return { gone: await this.#ports.users.changePassword(change), result: undefined };
    });
    return { outcome: 'changed' };
  }
}
