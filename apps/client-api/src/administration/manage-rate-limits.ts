import type { RateLimitOverride, UserAdminRepository } from '@plexus/storage';

/** Limits of single users instead of their server's; whether the administrator may is found out before. */
export class ManageRateLimits {
  readonly #users: Pick<UserAdminRepository, 'findRateLimit' | 'setRateLimit' | 'removeRateLimit'>;

  constructor(users: Pick<UserAdminRepository, 'findRateLimit' | 'setRateLimit' | 'removeRateLimit'>) {
    this.#users = users;
  }

  find(userId: string): Promise<RateLimitOverride | undefined> {
    return this.#users.findRateLimit(userId);
  }

  set(userId: string, limit: RateLimitOverride): Promise<void> {
    return this.#users.setRateLimit(userId, limit);
  }

  remove(userId: string): Promise<void> {
    return this.#users.removeRateLimit(userId);
  }
}
