import type { ChangePasswordRequest } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { userLocked } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import type { HostedServer, ThreepidRepository, UserRepository } from '@plexus/storage';
import { EMAIL, PASSWORD } from '../authentication/auth-stage.ts';
import { emailIn } from '../authentication/email-stage.ts';
import type { AskedAuth, CompletedAuth, InteractiveAuth } from '../authentication/interactive-auth.ts';
import type { ChangeAccess } from './change-access.ts';
import type { PasswordHasher } from './password-hasher.ts';

export interface PasswordChangeRequest {
  /** Nothing for who has forgotten the password, and proves by mail who they are. */
  readonly requester: Requester | undefined;
  readonly server: HostedServer;
  readonly body: ChangePasswordRequest;
  readonly clientAddress: string;
}

export interface ChangePasswordPorts {
  readonly users: UserRepository;
  readonly threepids: ThreepidRepository;
  readonly passwords: PasswordHasher;
}

export interface ChangePasswordSteps {
  readonly interactiveAuth: InteractiveAuth;
  readonly changeAccess: ChangeAccess;
}

/** Changes a password (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountpassword). */
export class ChangePassword {
  readonly #ports: ChangePasswordPorts;
  readonly #steps: ChangePasswordSteps;
  readonly #takesMail: (server: HostedServer) => boolean;

  constructor(ports: ChangePasswordPorts, steps: ChangePasswordSteps, takesMail: (server: HostedServer) => boolean) {
    this.#ports = ports;
    this.#steps = steps;
    this.#takesMail = takesMail;
  }

  /** Throws 401 where nobody asks and the server sends no mails. */
  requireMeans(requester: Requester | undefined, server: HostedServer): void {
    if (requester !== undefined || this.#takesMail(server)) return;
    throw new MatrixError('M_MISSING_TOKEN', 401, 'Missing access token');
  }

  async execute(request: PasswordChangeRequest): Promise<AskedAuth | { readonly outcome: 'changed' }> {
    const { requester, server, body, clientAddress } = request;
    const { auth, new_password: password, logout_devices: logsOut = true } = body;
    const byMail = this.#takesMail(server) ? [{ stages: [EMAIL] }] : [];
    const authenticated = await this.#steps.interactiveAuth.execute({
      auth,
      serverName: server.serverName,
      userId: requester?.userId,
      clientAddress,
      operation: { name: 'change-password', parameters: [password, logsOut] },
      flows: requester === undefined ? byMail : [{ stages: [PASSWORD] }, ...byMail],
    });
    if (authenticated.outcome === 'ask') return authenticated;
    const userId = await this.#requireUser(request, authenticated);
    const passwordHash = await this.#ports.passwords.hash(password);
    await this.#steps.changeAccess.execute({ userId }, async () => {
      const change = { userId, passwordHash, ...(logsOut && { logout: { exceptDeviceId: requester?.deviceId } }) };
      return { gone: await this.#ports.users.changePassword(change), result: undefined };
    });
    return { outcome: 'changed' };
  }

  /** Whose password it is: that of who knows it, or of whose address was confirmed. */
  async #requireUser({ requester, server }: PasswordChangeRequest, { completed }: CompletedAuth): Promise<string> {
    const email = emailIn(completed);
    if (email === undefined && requester !== undefined) return requester.userId;
    const owner = email && (await this.#ports.threepids.findThreepidUser(server.serverName, email));
    if (owner === undefined) throw new MatrixError('M_THREEPID_NOT_FOUND', 400, 'No account has this email address');
    if ((await this.#ports.users.findUser(owner))?.isLocked === true) throw userLocked();
    if (requester === undefined || requester.userId === owner) return owner;
    throw new MatrixError('M_FORBIDDEN', 403, 'This email address is not yours');
  }
}
