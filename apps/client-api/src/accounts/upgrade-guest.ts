import { localpartOf, MatrixError, serverNameOf } from '@plexus/matrix-base';
import { hashAccessToken } from '@plexus/service-shell';
import type { AccessTokenReader, Registration, RegistrationOutcome, UserRepository } from '@plexus/storage';
import type { ChangeAccess } from './change-access.ts';

/** Makes an ordinary account of a guest's (https://spec.matrix.org/v1.19/client-server-api/#guest-access). */
export class UpgradeGuest {
  readonly #users: UserRepository;
  readonly #tokens: AccessTokenReader;
  readonly #changeAccess: ChangeAccess;

  constructor(users: UserRepository, tokens: AccessTokenReader, changeAccess: ChangeAccess) {
    this.#users = users;
    this.#tokens = tokens;
    this.#changeAccess = changeAccess;
  }

  /**
   * The guest whose access token this is, of the server that registers them: another one has other rules. Throws 403, or 400 where the name is not the
   * guest's own.
   */
  async requireGuest(accessToken: string, serverName: string, username: string | undefined): Promise<string> {
    const access = await this.#tokens.findAccess(hashAccessToken(accessToken));
    if (access?.isGuest !== true || serverNameOf(access.userId) !== serverName)
      throw new MatrixError('M_FORBIDDEN', 403, 'This is no access token of a guest of this server');
    if (username === localpartOf(access.userId)) return access.userId;
    throw new MatrixError('M_INVALID_USERNAME', 400, 'A guest keeps their name: "username" must be its localpart');
  }

  /** Every replica knows at once that the tokens are no guest's any more. */
  execute(registration: Registration): Promise<RegistrationOutcome> {
    return this.#changeAccess.execute(registration, async () => {
      const result = await this.#users.registerUser({ ...registration, isUpgrade: true });
      return { gone: [], result };
    });
  }
}
