import type {
  AuthSession,
  AuthSessionRepository,
  NewAuthSession,
  NewRegistrationToken,
  RegistrationToken,
  RegistrationTokenChange,
  RegistrationTokenRepository,
  StageCompletion,
  StageOutcome,
} from '@plexus/storage';

interface StoredSession extends AuthSession {
  readonly registrationToken: string | undefined;
}

type StoredToken = Omit<RegistrationToken, 'pending'>;

/** Sessions of user-interactive authentication and registration tokens in memory. They never expire by themselves. */
export class FakeAuthSessions implements AuthSessionRepository, RegistrationTokenRepository {
  readonly #sessions = new Map<string, StoredSession>();
  readonly #tokens = new Map<string, StoredToken>();

  async addAuthSession(session: NewAuthSession): Promise<void> {
    const fresh = { completed: {}, registeredUserId: undefined, registrationToken: undefined };
    this.#sessions.set(keyOf(session.sessionHash), { ...session, ...fresh });
  }

  async findAuthSession(sessionHash: Buffer): Promise<AuthSession | undefined> {
    const session = this.#sessions.get(keyOf(sessionHash));
    return session && withoutToken(session);
  }

  async completeStage(sessionHash: Buffer, completion: StageCompletion): Promise<StageOutcome> {
    const session = this.#sessions.get(keyOf(sessionHash));
    if (session === undefined)
      return { outcome: completion.registrationToken === undefined ? 'no-session' : 'refused' };
    const { stage, result, registrationToken } = completion;
    const isFree = registrationToken === undefined || this.#isFree(session.serverName, registrationToken, sessionHash);
    if (!isFree) return { outcome: 'refused' };
    const changed = {
      ...session,
      completed: { ...session.completed, [stage]: result },
      registrationToken: registrationToken ?? session.registrationToken,
    };
    this.#sessions.set(keyOf(sessionHash), changed);
    return { outcome: 'completed', session: withoutToken(changed) };
  }

  async takeAuthSession(sessionHash: Buffer): Promise<boolean> {
    return this.#sessions.delete(keyOf(sessionHash));
  }

  /** False where the session is gone or has registered a user. */
  register(sessionHash: Buffer, userId: string): boolean {
    const session = this.#sessions.get(keyOf(sessionHash));
    if (session === undefined || session.registeredUserId !== undefined) return false;
    this.#sessions.set(keyOf(sessionHash), { ...session, registeredUserId: userId });
    const key = `${session.serverName} ${session.registrationToken}`;
    const token = this.#tokens.get(key);
    if (token !== undefined) this.#tokens.set(key, { ...token, completed: token.completed + 1 });
    return true;
  }

  canRegister(sessionHash: Buffer): boolean {
    const session = this.#sessions.get(keyOf(sessionHash));
    return session !== undefined && session.registeredUserId === undefined;
  }

  async addRegistrationToken(serverName: string, token: NewRegistrationToken): Promise<boolean> {
    const key = `${serverName} ${token.token}`;
    if (this.#tokens.has(key)) return false;
    this.#tokens.set(key, { ...token, completed: 0 });
    return true;
  }

  async findRegistrationToken(serverName: string, token: string): Promise<RegistrationToken | undefined> {
    const stored = this.#tokens.get(`${serverName} ${token}`);
    return stored && { ...stored, pending: this.#countPending(serverName, token) };
  }

  async isRegistrationTokenValid(serverName: string, token: string): Promise<boolean> {
    return this.#isFree(serverName, token);
  }

  async listRegistrationTokens(serverName: string, valid?: boolean): Promise<RegistrationToken[]> {
    const ofServer = [...this.#tokens].filter(([key]) => key.startsWith(`${serverName} `));
    return ofServer
      .map(([, token]) => ({ ...token, pending: this.#countPending(serverName, token.token) }))
      .filter(({ token }) => valid === undefined || this.#isFree(serverName, token) === valid)
      .sort((a, b) => (a.token < b.token ? -1 : 1));
  }

  async changeRegistrationToken(
    serverName: string,
    token: string,
    { usesAllowed, expiresAt }: RegistrationTokenChange,
  ): Promise<RegistrationToken | undefined> {
    const stored = this.#tokens.get(`${serverName} ${token}`);
    if (stored === undefined) return undefined;
    this.#tokens.set(`${serverName} ${token}`, {
      ...stored,
      usesAllowed: usesAllowed === undefined ? stored.usesAllowed : (usesAllowed ?? undefined),
      expiresAt: expiresAt === undefined ? stored.expiresAt : (expiresAt ?? undefined),
    });
    return this.findRegistrationToken(serverName, token);
  }

  async removeRegistrationToken(serverName: string, token: string): Promise<boolean> {
    return this.#tokens.delete(`${serverName} ${token}`);
  }

  #isFree(serverName: string, token: string, besides?: Buffer): boolean {
    const stored = this.#tokens.get(`${serverName} ${token}`);
    if (stored === undefined || (stored.expiresAt !== undefined && stored.expiresAt <= Date.now())) return false;
    const taken = stored.completed + this.#countPending(serverName, token, besides);
    return stored.usesAllowed === undefined || stored.usesAllowed > taken;
  }

  #countPending(serverName: string, token: string, besides?: Buffer): number {
    return [...this.#sessions.values()].filter(
      (session) =>
        session.serverName === serverName &&
        session.registrationToken === token &&
        session.registeredUserId === undefined &&
        besides?.equals(session.sessionHash) !== true,
    ).length;
  }
}

function withoutToken({ registrationToken: _token, ...session }: StoredSession): AuthSession {
  return session;
}

function keyOf(hash: Buffer): string {
  return hash.toString('hex');
}
