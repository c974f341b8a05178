import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import { requireWithinLimit } from '@plexus/service-shell';
import type { RateLimiter } from '@plexus/service-shell';
import type { UserRepository } from '@plexus/storage';
import type { PasswordHasher } from './password-hasher.ts';

export interface CheckPasswordPorts {
  readonly users: UserRepository;
  readonly passwords: PasswordHasher;
  readonly limiter: RateLimiter;
}

/** Decides whether a password opens an account, as long as not too many wrong ones were tried. */
export class CheckPassword {
  readonly #ports: CheckPasswordPorts;

  constructor(ports: CheckPasswordPorts) {
    this.#ports = ports;
  }

  /** It takes as long for somebody who is not there. Throws 403 `M_USER_DEACTIVATED`, 429 `M_LIMIT_EXCEEDED`. */
  async execute(userId: string, password: string): Promise<boolean> {
    const { limiter, passwords, users } = this.#ports;
    const failures = { action: 'failed-login', serverName: serverNameOf(userId), key: userId } as const;
    await requireWithinLimit(limiter, { ...failures, mode: 'peek' });
    const user = await users.findUser(userId);
    if (await passwords.verify(password, user?.passwordHash)) return true;
    await limiter.use(failures);
    if (user?.isDeactivated !== true) return false;
    throw new MatrixError('M_USER_DEACTIVATED', 403, 'This account was deactivated');
  }
}
