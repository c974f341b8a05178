import type { LoginRequest, LoginResponse } from '@plexus/matrix-api';
import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import { requireActiveServer, requireWithinLimit, usageLimitExceeded, userLocked } from '@plexus/service-shell';
import type { RateLimiter, UsageGate } from '@plexus/service-shell';
import type {
  AccessTokenReader,
  HostedServer,
  HostedServers,
  ShortLivedTokenRepository,
  UserRepository,
} from '@plexus/storage';
import type { CheckPassword } from './check-password.ts';
import { hashToken } from './hash-token.ts';
import type { IdentifyUser } from './identify-user.ts';
import { requireDeviceId, storableName } from './open-session.ts';
import type { OpenSession } from './open-session.ts';

export interface Login {
  /** The server that the request's `Host` names: a localpart is one of its users. */
  readonly server: HostedServer | undefined;
  readonly body: LoginRequest;
  readonly clientAddress: string;
}

export interface LogInPorts {
  readonly users: UserRepository;
  readonly servers: HostedServers;
  readonly shortLived: ShortLivedTokenRepository;
  readonly limiter: RateLimiter;
  readonly sessions: Pick<AccessTokenReader, 'findUserAccess'>;
  readonly usage: Pick<UsageGate, 'check'>;
}

export interface LogInSteps {
  readonly identifyUser: IdentifyUser;
  readonly checkPassword: CheckPassword;
  readonly openSession: OpenSession;
}

/** Logs a user in (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3login). */
export class LogIn {
  readonly #ports: LogInPorts;
  readonly #steps: LogInSteps;

  constructor(ports: LogInPorts, steps: LogInSteps) {
    this.#ports = ports;
    this.#steps = steps;
  }

  async execute(login: Login): Promise<LoginResponse> {
    const { server, body, clientAddress } = login;
    requireKnownType(body.type);
    requireDeviceId(body.device_id);
    await requireWithinLimit(this.#ports.limiter, {
      action: 'login-by-address',
      serverName: server?.serverName ?? '',
      key: clientAddress,
    });
    const userId = await (body.type === 'm.login.token' ? this.#userByToken(body) : this.#userByPassword(login));
    if ((await this.#ports.users.findUser(userId))?.isLocked === true) throw userLocked();
    await this.#requireWithinUsageLimit(userId);
    const session = await this.#steps.openSession.execute({
      userId,
      deviceId: body.device_id,
      deviceDisplayName: storableName(body.initial_device_display_name),
      canRefresh: body.refresh_token,
    });
    return this.#responseOf(userId, session);
  }

  async #userByPassword({ server, body }: Login): Promise<string> {
    const userId = await this.#steps.identifyUser.execute(namedIn(body), server?.serverName);
    if (body.password === undefined) throw new MatrixError('M_MISSING_PARAM', 400, '"password" is required');
    if (userId === undefined) throw wrongPassword();
    const serverName = serverNameOf(userId);
    requireActiveServer(this.#ports.servers, serverName);
    await requireWithinLimit(this.#ports.limiter, { action: 'login-by-account', serverName, key: userId });
    if (await this.#steps.checkPassword.execute(userId, body.password)) return userId;
    throw wrongPassword();
  }

  /** The token is gone with the attempt, whatever comes of it. */
  async #userByToken({ token }: LoginRequest): Promise<string> {
    if (token === undefined) throw new MatrixError('M_MISSING_PARAM', 400, '"token" is required');
    const taken = await this.#ports.shortLived.takeToken('login', hashToken(token));
    if (taken?.userId === undefined) throw new MatrixError('M_FORBIDDEN', 403, 'Invalid login token');
    requireActiveServer(this.#ports.servers, serverNameOf(taken.userId));
    return taken.userId;
  }

  /** Who is not active yet, and would be one too many, is told before there is a device. */
  async #requireWithinUsageLimit(userId: string): Promise<void> {
    const { sessions, usage } = this.#ports;
    const access = await sessions.findUserAccess(userId);
    const exceeded = access && (await usage.check(access, serverNameOf(userId)));
    if (exceeded !== undefined) throw usageLimitExceeded(exceeded);
  }

  #responseOf(userId: string, session: Omit<LoginResponse, 'user_id'>): LoginResponse {
    const home_server = serverNameOf(userId);
    const baseUrl = this.#ports.servers.find(home_server)?.settings.publicBaseUrl;
    const response = { user_id: userId, ...session, home_server };
    if (baseUrl === undefined) return response;
    return { ...response, well_known: { 'm.homeserver': { base_url: baseUrl } } };
  }
}

function requireKnownType(type: string): void {
  if (type !== 'm.login.password' && type !== 'm.login.token') {
    throw new MatrixError('M_UNKNOWN', 400, 'Unknown login type');
  }
}

/** The identifier, or its deprecated form at the top of the request. */
function namedIn({ identifier, user, medium, address }: LoginRequest): Parameters<IdentifyUser['execute']>[0] {
  if (identifier !== undefined || medium === undefined) return { identifier, user };
  return { identifier: { type: 'm.id.thirdparty', medium, ...(address !== undefined && { address }) } };
}

function wrongPassword(): MatrixError {
  return new MatrixError('M_FORBIDDEN', 403, 'Invalid username or password');
}
