import type { Appservice } from '@plexus/appservices';
import type { LoginRequest, LoginResponse } from '@plexus/matrix-api';
import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import { requireActiveServer, requireWithinLimit, userLocked } from '@plexus/service-shell';
import type { RateLimiter } from '@plexus/service-shell';
import type { HostedServers, UserRepository } from '@plexus/storage';
import type { IdentifyUser } from '../accounts/identify-user.ts';
import { requireDeviceId, storableName } from '../accounts/open-session.ts';
import type { OpenSession } from '../accounts/open-session.ts';
import { exclusive } from './exclusive-names.ts';
import { loginUnsupported } from './register-by-appservice.ts';

export interface AppserviceLogin {
  readonly appservice: Appservice;
  /** A localpart is one of its users; nothing: users are named by their full ids. */
  readonly serverName: string | undefined;
  readonly body: LoginRequest;
  readonly clientAddress: string;
}

export interface LogInByAppservicePorts {
  readonly users: Pick<UserRepository, 'findUser'>;
  readonly servers: HostedServers;
  readonly limiter: RateLimiter;
}

export interface LogInByAppserviceSteps {
  readonly identifyUser: IdentifyUser;
  readonly openSession: OpenSession;
}

/** Logs a user of an application service in (https://spec.matrix.org/v1.19/application-service-api/#server-admin-style-permissions). */
export class LogInByAppservice {
  readonly #ports: LogInByAppservicePorts;
  readonly #steps: LogInByAppserviceSteps;

  constructor(ports: LogInByAppservicePorts, steps: LogInByAppserviceSteps) {
    this.#ports = ports;
    this.#steps = steps;
  }

  /** Throws 403 `M_EXCLUSIVE` for a user outside of its namespaces, `M_FORBIDDEN` for one who is not there. */
  async execute(login: AppserviceLogin): Promise<LoginResponse> {
    const { appservice, body } = login;
    if (appservice.settings.managesDevices) throw loginUnsupported();
    requireDeviceId(body.device_id);
    await this.#requireWithinLimit(login);
    const userId = await this.#userOf(login);
    const session = await this.#steps.openSession.execute({
      userId,
      deviceId: body.device_id,
      deviceDisplayName: storableName(body.initial_device_display_name),
      canRefresh: body.refresh_token,
    });
    return { user_id: userId, ...session, home_server: serverNameOf(userId) };
  }

  async #requireWithinLimit({ appservice, serverName = '', clientAddress }: AppserviceLogin): Promise<void> {
    if (!appservice.settings.isRateLimited) return;
    await requireWithinLimit(this.#ports.limiter, { action: 'login-by-address', serverName, key: clientAddress });
  }

  async #userOf({ appservice, serverName, body: { identifier, user } }: AppserviceLogin): Promise<string> {
    const userId = await this.#steps.identifyUser.execute({ identifier, user }, serverName);
    if (userId === undefined || !appservice.coversUser(userId)) {
      throw exclusive('This user is in none of the namespaces of the application service', 403);
    }
    requireActiveServer(this.#ports.servers, serverNameOf(userId));
    const found = await this.#ports.users.findUser(userId);
    if (found === undefined) throw new MatrixError('M_FORBIDDEN', 403, 'There is no such user');
    if (found.isLocked === true) throw userLocked();
    return userId;
  }
}
