import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretRegistrationRequest, SecretRegistrationResponse } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { ShortLivedTokenRepository, UserRepository } from '@plexus/storage';
import type { CheckUsername } from './check-username.ts';
import { userInUse } from './check-username.ts';
import { hashToken } from './hash-token.ts';
import { storableName } from './open-session.ts';
import type { OpenSession } from './open-session.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { newNonce } from './random-ids.ts';

export interface RegisterBySecretPorts {
  readonly users: UserRepository;
  readonly shortLived: ShortLivedTokenRepository;
  readonly passwords: PasswordHasher;
  readonly random: RandomSource;
}

export interface RegisterBySecretSteps {
  readonly checkUsername: CheckUsername;
  readonly openSession: OpenSession;
}

const NONCE_LIFETIME_MS = 60_000;

/**
 * Registers accounts for who knows the shared secret, as Synapse's `/_synapse/admin/v1/register` does: the request has a nonce that was given to
 * the client, and the HMAC-SHA1 of its members under the secret.
 */
export class RegisterBySecret {
  readonly #ports: RegisterBySecretPorts;
  readonly #steps: RegisterBySecretSteps;
  readonly #secret: () => string | undefined;

  constructor(ports: RegisterBySecretPorts, steps: RegisterBySecretSteps, secret: () => string | undefined) {
    this.#ports = ports;
    this.#steps = steps;
    this.#secret = secret;
  }

  async giveNonce(): Promise<string> {
    this.#requireSecret();
    const nonce = newNonce(this.#ports.random);
    const token = { purpose: 'nonce', tokenHash: hashToken(nonce), userId: undefined } as const;
    await this.#ports.shortLived.addToken(token, NONCE_LIFETIME_MS);
    return nonce;
  }

  /** Throws unless the request's sender knows the secret. A nonce proves that once. */
  async requireProof(request: SecretRegistrationRequest): Promise<void> {
    const secret = this.#requireSecret();
    if ((await this.#ports.shortLived.takeToken('nonce', hashToken(request.nonce))) === undefined)
      throw new MatrixError('M_UNKNOWN', 400, 'unrecognised nonce');
    if (!isSigned(secret, request)) throw new MatrixError('M_UNKNOWN', 403, 'HMAC incorrect');
  }

  /** The caller has required the proof. */
  async execute(serverName: string, request: SecretRegistrationRequest): Promise<SecretRegistrationResponse> {
    const { users, passwords } = this.#ports;
    const { username, password, admin = false, displayname, user_type: userType } = request;
    const userId = await this.#steps.checkUsername.execute(username, serverName);
    const passwordHash = await passwords.hash(password);
    const user = { userId, passwordHash, isAdmin: admin, displayName: storableName(displayname), userType };
    if (!(await users.addUser(user))) throw userInUse();
    const account = { user_id: userId, home_server: serverName };
    if (request.inhibit_login === true) return account;
    const session = { userId, deviceId: undefined, deviceDisplayName: undefined };
    return { ...account, ...(await this.#steps.openSession.execute(session)) };
  }

  #requireSecret(): string {
    const secret = this.#secret();
    if (secret === undefined) throw new MatrixError('M_UNKNOWN', 400, 'Shared secret registration is not enabled');
    return secret;
  }
}

function isSigned(secret: string, request: SecretRegistrationRequest): boolean {
  const { nonce, username, password, admin = false, user_type: userType, mac } = request;
  const parts = [
    nonce,
    username,
    password,
    admin ? 'admin' : 'notadmin',
    ...(userType === undefined ? [] : [userType]),
  ];
  const expected = createHmac('sha1', secret).update(parts.join('\0')).digest();
  const given = Buffer.from(mac, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
