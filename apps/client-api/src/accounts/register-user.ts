import type { RegisterRequest, RegisterResponse } from '@plexus/matrix-api';
import { localpartOf, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import { requireWithinLimit, usageLimitExceeded } from '@plexus/service-shell';
import type { RateLimiter, UsageGate } from '@plexus/service-shell';
import type {
  AuthSessionRepository,
  HostedServer,
  HostedServers,
  Registration as StoredRegistration,
  RegistrationOutcome as StoredOutcome,
  UserRepository,
} from '@plexus/storage';
import { TERMS } from '../authentication/auth-stage.ts';
import { emailIn } from '../authentication/email-stage.ts';
import type {
  AskedAuth,
  AuthFlow,
  CompletedAuth,
  InteractiveAuth,
  StagedOperation,
} from '../authentication/interactive-auth.ts';
import { consentsIn } from '../authentication/terms-stage.ts';
import type { RegistrationTerms } from '../consent/registration-terms.ts';
import type { CheckUsername } from './check-username.ts';
import { userIdOf, userInUse } from './check-username.ts';
import { hashToken } from './hash-token.ts';
import { requireDeviceId, storableName } from './open-session.ts';
import type { OpenSession } from './open-session.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { RegistrationPolicy } from './registration-policy.ts';
import { registrationFlows } from './registration-policy.ts';
import type { UpgradeGuest } from './upgrade-guest.ts';

export interface Registration {
  readonly server: HostedServer;
  readonly body: RegisterRequest;
  readonly clientAddress: string;
  /** In which the client wants to read. */
  readonly language?: string | undefined;
}

export type RegistrationOutcome = { readonly outcome: 'registered'; readonly response: RegisterResponse } | AskedAuth;

export interface RegisterUserPorts {
  readonly users: UserRepository;
  readonly servers: Pick<HostedServers, 'find'>;
  readonly authSessions: AuthSessionRepository;
  readonly passwords: PasswordHasher;
  readonly limiter: RateLimiter;
  readonly usage: Pick<UsageGate, 'checkNew'>;
  readonly random: RandomSource;
}

export interface RegisterUserSteps {
  readonly checkUsername: CheckUsername;
  readonly interactiveAuth: InteractiveAuth;
  readonly upgradeGuest: UpgradeGuest;
  readonly openSession: OpenSession;
  readonly terms: Pick<RegistrationTerms, 'areAsked' | 'paramsOf'>;
}

const REGISTER = { name: 'register' };

/** Registers an account (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3register). */
export class RegisterUser {
  readonly #ports: RegisterUserPorts;
  readonly #steps: RegisterUserSteps;
  readonly #policy: RegistrationPolicy;

  constructor(ports: RegisterUserPorts, steps: RegisterUserSteps, policy: RegistrationPolicy) {
    this.#ports = ports;
    this.#steps = steps;
    this.#policy = policy;
  }

  async execute(registration: Registration): Promise<RegistrationOutcome> {
    const { body, server, clientAddress } = registration;
    if (!this.#policy.isOpen(server, 'user')) throw new MatrixError('M_FORBIDDEN', 403, 'Registration is disabled');
    requireDeviceId(body.device_id);
    const earlier = await this.#findEarlier(registration);
    if (earlier !== undefined) return this.#respond(earlier, body);
    const limited = { action: 'registration', serverName: server.serverName, key: clientAddress } as const;
    await requireWithinLimit(this.#ports.limiter, { ...limited, mode: 'peek' });
    await this.#requireWithinUsageLimit(server);
    const guestId = await this.#requireName(registration);
    const asksTerms = this.#steps.terms.areAsked(server.serverName);
    const auth = await this.#steps.interactiveAuth.execute({
      auth: body.auth,
      serverName: server.serverName,
      userId: undefined,
      clientAddress,
      operation: REGISTER,
      flows: this.#flowsOf(server),
      ...(asksTerms && { params: { [TERMS]: this.#steps.terms.paramsOf(server) } }),
    });
    if (auth.outcome === 'ask') return auth;
    await requireWithinLimit(this.#ports.limiter, limited);
    return this.#respond(await this.#register(registration, auth, guestId), body);
  }

  /** For pages that complete its stages. */
  get staged(): StagedOperation {
    const { servers } = this.#ports;
    return {
      operation: REGISTER,
      flowsOn: (serverName) => {
        const server = servers.find(serverName);
        return server === undefined ? [] : this.#flowsOf(server);
      },
    };
  }

  #flowsOf(server: HostedServer): AuthFlow[] {
    return registrationFlows(this.#policy, server, { asksTerms: this.#steps.terms.areAsked(server.serverName) });
  }

  /** Registers a guest, with an id and a device of the server's choice: the device's name is all that the client may choose. */
  async executeForGuest({ server, body, clientAddress, language }: Registration): Promise<RegistrationOutcome> {
    if (!this.#policy.isOpen(server, 'guest')) {
      throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 403, 'Guest access is disabled');
    }
    const { limiter, random, users } = this.#ports;
    const { serverName } = server;
    await requireWithinLimit(limiter, { action: 'registration', serverName, key: clientAddress });
    await this.#requireWithinUsageLimit(server);
    const userId = this.#steps.checkUsername.makeUp(serverName, random);
    if (!(await users.addUser({ userId, passwordHash: undefined, isGuest: true, language }))) throw userInUse();
    const { initial_device_display_name } = body;
    return this.#respond(userId, { ...(initial_device_display_name !== undefined && { initial_device_display_name }) });
  }

  async #requireWithinUsageLimit({ serverName }: HostedServer): Promise<void> {
    const exceeded = await this.#ports.usage.checkNew(serverName);
    if (exceeded !== undefined) throw usageLimitExceeded(exceeded);
  }

  /** The user whom the session has registered: the client has lost the answer. */
  async #findEarlier({ body, server }: Registration): Promise<string | undefined> {
    const sessionId = body.auth?.session;
    if (sessionId === undefined) return undefined;
    const session = await this.#ports.authSessions.findAuthSession(hashToken(sessionId));
    const userId = session?.registeredUserId;
    if (userId === undefined || serverNameOf(userId) !== server.serverName) return undefined;
    return body.username === undefined || body.username === localpartOf(userId) ? userId : undefined;
  }

  /** The guest to be upgraded, if it is one. Throws where the name cannot be had. */
  async #requireName({ body, server }: Registration): Promise<string | undefined> {
    const { guest_access_token: guestToken, username } = body;
    const { serverName } = server;
    if (guestToken !== undefined) return this.#steps.upgradeGuest.requireGuest(guestToken, serverName, username);
    if (username !== undefined) await this.#steps.checkUsername.execute(username, serverName);
    return undefined;
  }

  async #register({ body, server, language }: Registration, auth: CompletedAuth, guestId?: string): Promise<string> {
    const { passwords } = this.#ports;
    const passwordHash = body.password === undefined ? undefined : await passwords.hash(body.password);
    const sessionHash = auth.session?.sessionHash;
    const threepid = emailIn(auth.completed);
    const consents = consentsIn(auth.completed);
    const userId = guestId ?? this.#userIdOf(body.username, server.serverName);
    const outcome =
      guestId === undefined
        ? await this.#addUser({ userId, passwordHash, sessionHash, threepid, consents, language })
        : await this.#steps.upgradeGuest.execute({ userId, passwordHash, sessionHash, threepid, consents });
    if (outcome === 'registered') return userId;
    if (outcome === 'user-in-use') throw userInUse();
    if (outcome === 'threepid-in-use')
      throw new MatrixError('M_THREEPID_IN_USE', 400, 'This email address is somebody else’s');
    throw new MatrixError('M_FORBIDDEN', 403, 'This session has registered a user already');
  }

  #userIdOf(username: string | undefined, serverName: string): string {
    if (username !== undefined) return userIdOf(username, serverName);
    return this.#steps.checkUsername.makeUp(serverName, this.#ports.random);
  }

  async #addUser(user: StoredRegistration): Promise<StoredOutcome> {
    const { users } = this.#ports;
    const { sessionHash, threepid, consents = [] } = user;
    const isPlain = sessionHash === undefined && threepid === undefined && consents.length === 0;
    if (!isPlain) return users.registerUser(user);
    return (await users.addUser(user)) ? 'registered' : 'user-in-use';
  }

  async #respond(userId: string, body: RegisterRequest): Promise<RegistrationOutcome> {
    const account = { user_id: userId, home_server: serverNameOf(userId) };
    if (body.inhibit_login === true) return { outcome: 'registered', response: account };
    const session = await this.#steps.openSession.execute({
      userId,
      deviceId: body.device_id,
      deviceDisplayName: storableName(body.initial_device_display_name),
      canRefresh: body.refresh_token,
    });
    return { outcome: 'registered', response: { ...account, ...session } };
  }
}
