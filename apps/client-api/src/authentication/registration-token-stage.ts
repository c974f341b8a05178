import type { AuthData } from '@plexus/matrix-api';
import { requireWithinLimit } from '@plexus/service-shell';
import type { RateLimiter } from '@plexus/service-shell';
import type { RegistrationTokenRepository } from '@plexus/storage';
import { REGISTRATION_TOKEN, refuse } from './auth-stage.ts';
import type { AuthStage, StageContext, StageOutcome } from './auth-stage.ts';

/** A token that an administrator gave away (https://spec.matrix.org/v1.19/client-server-api/#token-authenticated-registration). */
export class RegistrationTokenStage implements AuthStage {
  readonly type = REGISTRATION_TOKEN;
  readonly #tokens: RegistrationTokenRepository;
  readonly #limiter: RateLimiter;

  constructor(tokens: RegistrationTokenRepository, limiter: RateLimiter) {
    this.#tokens = tokens;
    this.#limiter = limiter;
  }

  /** Whoever completes the session with this result takes a use of the token: it may be gone by then. */
  async check(auth: AuthData, { serverName, userId, clientAddress }: StageContext): Promise<StageOutcome> {
    const { token } = auth;
    if (userId !== undefined) return refuse('M_FORBIDDEN', 'Registration tokens are for registration');
    if (token === undefined) return refuse('M_MISSING_PARAM', '"auth.token" is required');
    await requireWithinLimit(this.#limiter, { action: 'registration-token', serverName, key: clientAddress });
    const isValid = !token.includes('\0') && (await this.#tokens.isRegistrationTokenValid(serverName, token));
    return isValid ? { outcome: 'done', result: token, registrationToken: token } : invalidRegistrationToken();
  }
}

export function invalidRegistrationToken(): StageOutcome & { readonly outcome: 'refused' } {
  return { outcome: 'refused', errcode: 'M_UNAUTHORIZED', error: 'Invalid registration token' };
}
