import { isUserId, localpartOf, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { HostedServers, UserRepository } from '@plexus/storage';
import { userIdOf, userInUse } from './check-username.ts';
import type { PasswordHasher } from './password-hasher.ts';

export interface UserCreation {
  /** A user id, or a localpart where only one server is hosted. */
  readonly user: string;
  readonly password: string;
  /** Of their hosted server, or of the whole deployment. */
  readonly administers: 'nothing' | 'server' | 'deployment';
}

/** Adds an account on an operator's word: how the first administrator comes to be. */
export class CreateUser {
  readonly #users: UserRepository;
  readonly #servers: HostedServers;
  readonly #passwords: PasswordHasher;

  constructor(users: UserRepository, servers: HostedServers, passwords: PasswordHasher) {
    this.#users = users;
    this.#servers = servers;
    this.#passwords = passwords;
  }

  /** Returns the user id. Throws `MatrixError` with a sentence for the operator. */
  async execute({ user, password, administers }: UserCreation): Promise<string> {
    const userId = this.userIdOf(user);
    const passwordHash = await this.#passwords.hash(password);
    const roles = { isAdmin: administers !== 'nothing', isDeploymentAdmin: administers === 'deployment' };
    if (!(await this.#users.addUser({ userId, passwordHash, ...roles }))) throw userInUse();
    return userId;
  }

  /** Whom a localpart or a user id names. Throws `MatrixError` with a sentence for the operator. */
  userIdOf(user: string): string {
    if (isUserId(user)) {
      const serverName = serverNameOf(user);
      if (this.#servers.isHosted(serverName)) return userIdOf(localpartOf(user), serverName);
      throw new MatrixError('M_INVALID_PARAM', 400, `The server ${serverName} is not hosted here`);
    }
    const [only, ...others] = this.#servers.list();
    if (only !== undefined && others.length === 0) return userIdOf(user, only.serverName);
    throw new MatrixError('M_INVALID_PARAM', 400, 'Name the user by a full id: @localpart:server');
  }
}
