import { MatrixError } from '@plexus/matrix-base';
import { requireWithinLimit } from '@plexus/service-shell';
import type { RateLimiter, Requester } from '@plexus/service-shell';
import type { AnnouncePresence } from './announce-presence.ts';
import type { PresenceName } from './presence-board.ts';

export interface PresenceWish {
  readonly presence: PresenceName;
  /** What the user says of themselves. */
  readonly statusMessage: string | undefined;
}

/** Sets how a user is, by their own word (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3presenceuseridstatus). */
export class SetPresence {
  readonly #announce: Pick<AnnouncePresence, 'set'>;
  readonly #limiter: RateLimiter;

  constructor(announce: Pick<AnnouncePresence, 'set'>, limiter: RateLimiter) {
    this.#announce = announce;
    this.#limiter = limiter;
  }

  async execute({ userId, serverName }: Requester, ofUserId: string, wish: PresenceWish): Promise<void> {
    if (ofUserId !== userId) throw new MatrixError('M_FORBIDDEN', 403, 'You cannot set the presence of others');
    await requireWithinLimit(this.#limiter, { action: 'presence', serverName, key: userId, userId });
    this.#announce.set(userId, wish.presence, wish.statusMessage);
  }
}
