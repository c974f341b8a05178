import { MatrixError } from '@plexus/matrix-base';
import { requireWithinLimit } from '@plexus/service-shell';
import type { RateLimiter } from '@plexus/service-shell';
import type { HostedServer, RegistrationTokenRepository } from '@plexus/storage';
import type { RegistrationPolicy } from './registration-policy.ts';

export interface TokenQuestion {
  readonly server: HostedServer;
  readonly token: string;
  readonly clientAddress: string;
}

/** Tells whether an account can be registered with a token (https://spec.matrix.org/v1.19/client-server-api/#token-authenticated-registration). */
export class CheckRegistrationToken {
  readonly #tokens: RegistrationTokenRepository;
  readonly #limiter: RateLimiter;
  readonly #policy: RegistrationPolicy;

  constructor(tokens: RegistrationTokenRepository, limiter: RateLimiter, policy: RegistrationPolicy) {
    this.#tokens = tokens;
    this.#limiter = limiter;
    this.#policy = policy;
  }

  /** Throws 403 where nobody may register, 429 for too many questions. */
  async execute({ server, token, clientAddress }: TokenQuestion): Promise<boolean> {
    if (!this.#policy.isOpen(server, 'user')) throw new MatrixError('M_FORBIDDEN', 403, 'Registration is disabled');
    const { serverName } = server;
    await requireWithinLimit(this.#limiter, { action: 'registration-token', serverName, key: clientAddress });
    return !token.includes('\0') && this.#tokens.isRegistrationTokenValid(serverName, token);
  }
}
