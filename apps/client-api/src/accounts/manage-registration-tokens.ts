import { MatrixError } from '@plexus/matrix-base';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { RegistrationToken, RegistrationTokenChange, RegistrationTokenRepository } from '@plexus/storage';
import { newRegistrationToken } from './random-ids.ts';

export interface TokenWish {
  readonly token?: string | undefined;
  readonly length?: number | undefined;
  readonly usesAllowed?: number | null | undefined;
  readonly expiresAt?: number | null | undefined;
}

const MAX_LENGTH = 64;
const DEFAULT_LENGTH = 16;
const GRAMMAR = /^[A-Za-z0-9._~-]{1,64}$/;

/** The registration tokens of a hosted server, for its administrators. */
export class ManageRegistrationTokens {
  readonly #tokens: RegistrationTokenRepository;
  readonly #random: RandomSource;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(tokens: RegistrationTokenRepository, random: RandomSource, clock: Pick<Clock, 'now'>) {
    this.#tokens = tokens;
    this.#random = random;
    this.#clock = clock;
  }

  list(serverName: string, valid: boolean | undefined): Promise<RegistrationToken[]> {
    return this.#tokens.listRegistrationTokens(serverName, valid);
  }

  async get(serverName: string, token: string): Promise<RegistrationToken> {
    const found = await this.#tokens.findRegistrationToken(serverName, token);
    if (found === undefined) throw noSuchToken(token);
    return found;
  }

  async add(serverName: string, wish: TokenWish): Promise<RegistrationToken> {
    const token = this.#tokenOf(wish);
    const expiresAt = this.#requireFuture(wish.expiresAt) ?? undefined;
    const made = { token, usesAllowed: wish.usesAllowed ?? undefined, expiresAt };
    if (await this.#tokens.addRegistrationToken(serverName, made)) return { ...made, pending: 0, completed: 0 };
    throw new MatrixError('M_INVALID_PARAM', 400, `Token already exists: ${token}`);
  }

  async change(serverName: string, token: string, change: RegistrationTokenChange): Promise<RegistrationToken> {
    this.#requireFuture(change.expiresAt);
    const changed = await this.#tokens.changeRegistrationToken(serverName, token, change);
    if (changed === undefined) throw noSuchToken(token);
    return changed;
  }

  async remove(serverName: string, token: string): Promise<void> {
    if (!(await this.#tokens.removeRegistrationToken(serverName, token))) throw noSuchToken(token);
  }

  #tokenOf({ token, length = DEFAULT_LENGTH }: TokenWish): string {
    if (token === undefined) {
      if (length >= 1 && length <= MAX_LENGTH) return newRegistrationToken(this.#random, length);
      throw new MatrixError('M_INVALID_PARAM', 400, `length must be an integer between 1 and ${MAX_LENGTH}`);
    }
    if (GRAMMAR.test(token)) return token;
    throw new MatrixError('M_INVALID_PARAM', 400, 'token has 1 to 64 of the characters A-Z, a-z, 0-9, . _ ~ -');
  }

  #requireFuture(expiresAt: number | null | undefined): number | null | undefined {
    if (expiresAt === undefined || expiresAt === null || expiresAt >= this.#clock.now()) return expiresAt;
    throw new MatrixError('M_INVALID_PARAM', 400, 'expiry_time must not be in the past');
  }
}

function noSuchToken(token: string): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, `No such registration token: ${token}`);
}
