import type { AppserviceRegistry } from '@plexus/appservices';
import { fitsBytes, isNewLocalpart, MatrixError, MAX_IDENTIFIER_BYTES } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { UserRepository } from '@plexus/storage';
import { exclusive, requireFreeUser } from '../appservices/exclusive-names.ts';
import { newLocalpart } from './random-ids.ts';

/** Decides whether a new user may have a localpart (https://spec.matrix.org/v1.19/appendices/#user-identifiers). */
export class CheckUsername {
  readonly #users: UserRepository;
  readonly #appservices: Pick<AppserviceRegistry, 'isHeldUser'>;
  readonly #isNoticesUser: (userId: string) => boolean;

  constructor(
    users: UserRepository,
    appservices: Pick<AppserviceRegistry, 'isHeldUser'>,
    isNoticesUser: (userId: string) => boolean,
  ) {
    this.#users = users;
    this.#appservices = appservices;
    this.#isNoticesUser = isNoticesUser;
  }

  /** The user id that the localpart makes, for an application service if one is named. Throws `M_INVALID_USERNAME`, `M_EXCLUSIVE` or `M_USER_IN_USE`. */
  async execute(localpart: string, serverName: string, appserviceId?: string): Promise<string> {
    const userId = userIdOf(localpart, serverName);
    requireFreeUser(this.#appservices, userId, appserviceId);
    if (this.#isNoticesUser(userId) || (await this.#users.findUser(userId)) !== undefined) throw userInUse();
    return userId;
  }

  /** A user id that nobody chose, and that no application service has for itself. Throws `M_EXCLUSIVE` where there is none to be found. */
  makeUp(serverName: string, random: RandomSource): string {
    for (let tries = 1; ; tries += 1) {
      const userId = userIdOf(newLocalpart(random), serverName);
      if (!this.#appservices.isHeldUser(userId)) return userId;
      if (tries === MADE_UP_AT_MOST) throw exclusive('All user ids are reserved');
    }
  }
}

const MADE_UP_AT_MOST = 20;

/** Throws `M_INVALID_USERNAME` unless the localpart has the grammar of new users' ids. */
export function userIdOf(localpart: string, serverName: string): string {
  const userId = `@${localpart}:${serverName}`;
  if (!isNewLocalpart(localpart)) {
    throw new MatrixError('M_INVALID_USERNAME', 400, 'A username has only the characters a-z, 0-9 and . _ = - / +');
  }
  if (!fitsBytes(userId, MAX_IDENTIFIER_BYTES)) {
    throw new MatrixError('M_INVALID_USERNAME', 400, `A user id has at most ${MAX_IDENTIFIER_BYTES} bytes`);
  }
  return userId;
}

export function userInUse(): MatrixError {
  return new MatrixError('M_USER_IN_USE', 400, 'The desired user id is already taken');
}
