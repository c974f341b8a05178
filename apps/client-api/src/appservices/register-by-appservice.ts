import type { Appservice } from '@plexus/appservices';
import type { RegisterRequest, RegisterResponse } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { requireActiveServer, severalServers } from '@plexus/service-shell';
import type { HostedServers, UserRepository } from '@plexus/storage';
import type { CheckUsername } from '../accounts/check-username.ts';
import { userInUse } from '../accounts/check-username.ts';
import { requireDeviceId, storableName } from '../accounts/open-session.ts';
import type { OpenSession } from '../accounts/open-session.ts';
import { exclusive } from './exclusive-names.ts';

export interface AppserviceRegistration {
  readonly appservice: Appservice;
  readonly serverName: string | undefined;
  readonly body: RegisterRequest;
}

export interface RegisterByAppservicePorts {
  readonly users: Pick<UserRepository, 'addUser'>;
  readonly servers: HostedServers;
}

export interface RegisterByAppserviceSteps {
  readonly checkUsername: CheckUsername;
  readonly openSession: OpenSession;
}

/**
 * Registers a user of an application service, without a password and without any stage
 * (https://spec.matrix.org/v1.19/application-service-api/#server-admin-style-permissions).
 */
export class RegisterByAppservice {
  readonly #ports: RegisterByAppservicePorts;
  readonly #steps: RegisterByAppserviceSteps;

  constructor(ports: RegisterByAppservicePorts, steps: RegisterByAppserviceSteps) {
    this.#ports = ports;
    this.#steps = steps;
  }

  /** Throws 400 `M_EXCLUSIVE` for a user outside of its namespaces or in another one's. */
  async execute({ appservice, serverName, body }: AppserviceRegistration): Promise<RegisterResponse> {
    const { username, inhibit_login: inhibitsLogin = false } = body;
    if (appservice.settings.managesDevices && !inhibitsLogin) throw loginUnsupported();
    requireDeviceId(body.device_id);
    if (serverName === undefined) throw severalServers();
    if (username === undefined) throw new MatrixError('M_MISSING_PARAM', 400, '"username" is required');
    requireActiveServer(this.#ports.servers, serverName);
    if (!appservice.coversUser(`@${username}:${serverName}`)) {
      throw exclusive('This user id is in none of the namespaces of the application service');
    }
    const userId = await this.#steps.checkUsername.execute(username, serverName, appservice.id);
    const user = { userId, passwordHash: undefined, registeredBy: appservice.id };
    if (!(await this.#ports.users.addUser(user))) throw userInUse();
    const account = { user_id: userId, home_server: serverName };
    if (inhibitsLogin) return account;
    const session = await this.#steps.openSession.execute({
      userId,
      deviceId: body.device_id,
      deviceDisplayName: storableName(body.initial_device_display_name),
      canRefresh: body.refresh_token,
    });
    return { ...account, ...session };
  }
}

/** Of one that makes its users' devices itself. */
export function loginUnsupported(): MatrixError {
  const message = 'This application service makes its devices itself, and cannot log in as its users';
  return new MatrixError('M_APPSERVICE_LOGIN_UNSUPPORTED', 400, message);
}
