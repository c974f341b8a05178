import type { AuthData, LoginTokenResponse } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AuthSessionRepository, ShortLivedTokenRepository } from '@plexus/storage';
import { PASSWORD } from '../authentication/auth-stage.ts';
import type { AskedAuth, InteractiveAuth } from '../authentication/interactive-auth.ts';
import { hashToken } from './hash-token.ts';
import { newLoginToken } from './random-ids.ts';

export interface LoginTokenRequest {
  readonly requester: Requester;
  readonly auth: AuthData | undefined;
  readonly clientAddress: string;
}

export interface GiveLoginTokenPorts {
  readonly shortLived: ShortLivedTokenRepository;
  readonly authSessions: AuthSessionRepository;
  readonly random: RandomSource;
}

export interface LoginTokenSettings {
  readonly isEnabled: boolean;
  readonly lifetimeMs: number;
}

/** Gives a user a token with which another client of theirs can log in (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv1loginget_token). */
export class GiveLoginToken {
  readonly #ports: GiveLoginTokenPorts;
  readonly #interactiveAuth: InteractiveAuth;
  readonly #settings: LoginTokenSettings;

  constructor(ports: GiveLoginTokenPorts, interactiveAuth: InteractiveAuth, settings: LoginTokenSettings) {
    this.#ports = ports;
    this.#interactiveAuth = interactiveAuth;
    this.#settings = settings;
  }

  get isEnabled(): boolean {
    return this.#settings.isEnabled;
  }

  /** The user proves anew for each token who they are: a session is good for one. */
  async execute(request: LoginTokenRequest): Promise<AskedAuth | { outcome: 'given'; response: LoginTokenResponse }> {
    const { requester, auth, clientAddress } = request;
    const { userId, serverName } = requester;
    if (!this.#settings.isEnabled) throw new MatrixError('M_UNRECOGNIZED', 400, 'Login tokens are not given here');
    const authenticated = await this.#interactiveAuth.execute({
      auth,
      serverName,
      userId,
      clientAddress,
      operation: { name: 'get-login-token' },
      flows: [{ stages: [PASSWORD] }],
    });
    if (authenticated.outcome === 'ask') return authenticated;
    const { shortLived, authSessions, random } = this.#ports;
    const { session } = authenticated;
    if (session !== undefined && !(await authSessions.takeAuthSession(session.sessionHash)))
      throw new MatrixError('M_FORBIDDEN', 403, 'This session has been used');
    const token = newLoginToken(random);
    const { lifetimeMs } = this.#settings;
    await shortLived.addToken({ purpose: 'login', tokenHash: hashToken(token), userId }, lifetimeMs);
    return { outcome: 'given', response: { login_token: token, expires_in_ms: lifetimeMs } };
  }
}
