import type { LoginRequest, LoginResponse } from '@plexus/matrix-api';
import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import { requireActiveServer } from '@plexus/service-shell';
import type { HostedServer, HostedServers, UserRepository } from '@plexus/storage';
import { requireWithinLimit } from '../limits/rate-limiter.ts';
import type { RateLimiter } from '../limits/rate-limiter.ts';
import { requireDeviceId, storableName } from './open-session.ts';
import type { OpenSession } from './open-session.ts';
import type { PasswordHasher } from './password-hasher.ts';

export interface Login {
  /** The server that the request's `Host` names: a localpart is one of its users. */
  readonly server: HostedServer | undefined;
  readonly body: LoginRequest;
  readonly clientAddress: string;
}

export interface LogInPorts {
  readonly users: UserRepository;
  readonly servers: HostedServers;
  readonly passwords: PasswordHasher;
  readonly limiter: RateLimiter;
}

/** The login types that are offered. */
export const LOGIN_FLOWS = [{ type: 'm.login.password' }];

/** Logs a user in by password (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3login). */
export class LogIn {
  readonly #ports: LogInPorts;
  readonly #openSession: OpenSession;

  constructor(ports: LogInPorts, openSession: OpenSession) {
    this.#ports = ports;
    this.#openSession = openSession;
  }

  async execute({ server, body, clientAddress }: Login): Promise<LoginResponse> {
    requireKnownType(body.type);
    requireDeviceId(body.device_id);
    const { limiter } = this.#ports;
    await requireWithinLimit(limiter, {
      action: 'login-by-address',
      serverName: server?.serverName ?? '',
      key: clientAddress,
    });
    const userId = this.#userIdOf(readUser(body), server);
    const password = body.password;
    if (password === undefined) throw new MatrixError('M_MISSING_PARAM', 400, '"password" is required');
    await requireWithinLimit(limiter, { action: 'login-by-account', serverName: serverNameOf(userId), key: userId });
    await this.#requirePassword(userId, password);
    const { accessToken, deviceId } = await this.#openSession.execute({
      userId,
      deviceId: body.device_id,
      deviceDisplayName: storableName(body.initial_device_display_name),
    });
    return this.#responseOf(userId, accessToken, deviceId);
  }

  #userIdOf(user: string, server: HostedServer | undefined): string {
    const serverName = server?.serverName;
    const userId = user.startsWith('@') || serverName === undefined ? user : `@${user}:${serverName}`;
    if (!isUserId(userId) || !this.#ports.servers.isHosted(serverNameOf(userId))) throw wrongPassword();
    requireActiveServer(this.#ports.servers, serverNameOf(userId));
    return userId;
  }

  async #requirePassword(userId: string, password: string): Promise<void> {
    const { limiter, passwords, users } = this.#ports;
    const failures = { action: 'failed-login', serverName: serverNameOf(userId), key: userId } as const;
    await requireWithinLimit(limiter, { ...failures, mode: 'peek' });
    const user = await users.findUser(userId);
    if (await passwords.verify(password, user?.passwordHash)) return;
    await limiter.use(failures);
    if (user?.isDeactivated === true) {
      throw new MatrixError('M_USER_DEACTIVATED', 403, 'This account was deactivated');
    }
    throw wrongPassword();
  }

  #responseOf(userId: string, accessToken: string, deviceId: string): LoginResponse {
    const home_server = serverNameOf(userId);
    const baseUrl = this.#ports.servers.find(home_server)?.settings.publicBaseUrl;
    const response = { user_id: userId, access_token: accessToken, device_id: deviceId, home_server };
    if (baseUrl === undefined) return response;
    return { ...response, well_known: { 'm.homeserver': { base_url: baseUrl } } };
  }
}

function requireKnownType(type: string): void {
  if (type === 'm.login.application_service') {
    throw new MatrixError('M_APPSERVICE_LOGIN_UNSUPPORTED', 400, 'Application services cannot log in here');
  }
  if (type !== 'm.login.password') throw new MatrixError('M_UNKNOWN', 400, 'Unknown login type');
}

/** `identifier`, or the deprecated `user`. */
function readUser({ identifier, user }: LoginRequest): string {
  if (identifier === undefined) {
    if (user === undefined) throw new MatrixError('M_MISSING_PARAM', 400, '"identifier" is required');
    return user;
  }
  if (identifier.type !== 'm.id.user') throw new MatrixError('M_UNKNOWN', 400, 'Unknown type of identifier');
  if (identifier.user === undefined) throw new MatrixError('M_MISSING_PARAM', 400, '"identifier.user" is required');
  return identifier.user;
}

function wrongPassword(): MatrixError {
  return new MatrixError('M_FORBIDDEN', 403, 'Invalid username or password');
}
