import { MatrixError } from '@plexus/matrix-base';
import { requireUserWithinLimit } from '@plexus/service-shell';
import type { RateLimiter, Requester } from '@plexus/service-shell';
import type { AnnouncePresence } from './announce-presence.ts';
import type { PresenceName } from './presence-board.ts';

const MAX_STATUS_LENGTH = 2_048;

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

  /** Whom nobody is to hear is to nobody as they say, and does not know. */
  async execute(requester: Requester, ofUserId: string, wish: PresenceWish): Promise<void> {
    const { userId } = requester;
    if (ofUserId !== userId) throw new MatrixError('M_FORBIDDEN', 403, 'You cannot set the presence of others');
    requireStatusMessage(wish.statusMessage ?? '');
    await requireUserWithinLimit(this.#limiter, requester, 'presence');
    if (requester.isShadowBanned !== true) await this.#announce.set(userId, wish.presence, wish.statusMessage);
  }
}

function requireStatusMessage(message: string): void {
  if (message.length <= MAX_STATUS_LENGTH && !message.includes('\0')) return;
  throw new MatrixError(
    'M_INVALID_PARAM',
    400,
    `A status message has at most ${MAX_STATUS_LENGTH} characters, none of them NUL`,
  );
}
