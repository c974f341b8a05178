import type { AuthResponse, RegisterRequest, RegisterResponse } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { HostedServer, UserRepository } from '@plexus/storage';
import { requireWithinLimit } from '../limits/rate-limiter.ts';
import type { RateLimiter } from '../limits/rate-limiter.ts';
import type { CheckUsername } from './check-username.ts';
import { userIdOf, userInUse } from './check-username.ts';
import { checkInteractiveAuth } from './interactive-auth.ts';
import { requireDeviceId, storableName } from './open-session.ts';
import type { OpenSession } from './open-session.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { newLocalpart } from './random-ids.ts';

export type AccountKind = 'user' | 'guest';

export interface Registration {
  readonly server: HostedServer;
  readonly kind: AccountKind;
  readonly body: RegisterRequest;
  readonly clientAddress: string;
}

export type RegistrationOutcome =
  | { readonly outcome: 'registered'; readonly response: RegisterResponse }
  | { readonly outcome: 'ask'; readonly response: AuthResponse };

export interface RegisterUserPorts {
  readonly users: UserRepository;
  readonly passwords: PasswordHasher;
  readonly limiter: RateLimiter;
  readonly random: RandomSource;
}

/** Registers an account (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3register). */
export class RegisterUser {
  readonly #ports: RegisterUserPorts;
  readonly #checkUsername: CheckUsername;
  readonly #openSession: OpenSession;
  readonly #isOpen: (server: HostedServer, kind: AccountKind) => boolean;

  /** `isOpen` says whether anyone may register an account of a kind on a server. */
  constructor(
    ports: RegisterUserPorts,
    steps: { readonly checkUsername: CheckUsername; readonly openSession: OpenSession },
    isOpen: (server: HostedServer, kind: AccountKind) => boolean,
  ) {
    this.#ports = ports;
    this.#checkUsername = steps.checkUsername;
    this.#openSession = steps.openSession;
    this.#isOpen = isOpen;
  }

  async execute(registration: Registration): Promise<RegistrationOutcome> {
    if (registration.kind === 'guest') return this.#registerGuest(registration);
    const { body, server } = registration;
    if (!this.#isOpen(server, 'user')) throw new MatrixError('M_FORBIDDEN', 403, 'Registration is disabled');
    requireDeviceId(body.device_id);
    const { limiter, random, passwords } = this.#ports;
    const limited = { action: 'registration', serverName: server.serverName, key: registration.clientAddress } as const;
    await requireWithinLimit(limiter, { ...limited, mode: 'peek' });
    if (body.username !== undefined) await this.#checkUsername.execute(body.username, server.serverName);
    const auth = checkInteractiveAuth(body.auth, random);
    if (auth.outcome === 'ask') return auth;
    await requireWithinLimit(limiter, limited);
    const passwordHash = body.password === undefined ? undefined : await passwords.hash(body.password);
    const userId = await this.#addUser(server.serverName, body.username, { passwordHash, isGuest: false });
    return { outcome: 'registered', response: await this.#respond(userId, body) };
  }

  async #registerGuest({ server, body, clientAddress }: Registration): Promise<RegistrationOutcome> {
    if (!this.#isOpen(server, 'guest')) {
      throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 403, 'Guest access is disabled');
    }
    await requireWithinLimit(this.#ports.limiter, {
      action: 'registration',
      serverName: server.serverName,
      key: clientAddress,
    });
    const userId = await this.#addUser(server.serverName, undefined, { passwordHash: undefined, isGuest: true });
    // A guest has a device of the server's choice.
    const { device_id: _ignored, inhibit_login: _unused, ...rest } = body;
    return { outcome: 'registered', response: await this.#respond(userId, rest) };
  }

  async #addUser(
    serverName: string,
    localpart: string | undefined,
    account: { readonly passwordHash: string | undefined; readonly isGuest: boolean },
  ): Promise<string> {
    const { users, random } = this.#ports;
    const userId = userIdOf(localpart ?? newLocalpart(random), serverName);
    if (await users.addUser({ userId, ...account })) return userId;
    throw userInUse();
  }

  async #respond(userId: string, body: RegisterRequest): Promise<RegisterResponse> {
    const home_server = userId.slice(userId.indexOf(':') + 1);
    if (body.inhibit_login === true) return { user_id: userId, home_server };
    const { accessToken, deviceId } = await this.#openSession.execute({
      userId,
      deviceId: body.device_id,
      deviceDisplayName: storableName(body.initial_device_display_name),
    });
    return { user_id: userId, home_server, access_token: accessToken, device_id: deviceId };
  }
}
