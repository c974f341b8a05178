import type { Requester } from '@plexus/service-shell';
import { MatrixError } from '@plexus/matrix-base';
import type { TypingRequest } from '@plexus/matrix-api';
import { requireUserId } from '../rooms/check-identifiers.ts';
import type { EphemeralPublisher } from './ephemeral-publisher.ts';
import type { RequireParticipant } from './require-participant.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_MS = 120_000;

/** Tells a room that a user types, or has stopped (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidtypinguserid). */
export class SetTyping {
  readonly #requireParticipant: Pick<RequireParticipant, 'execute'>;
  readonly #publisher: EphemeralPublisher;

  constructor(requireParticipant: Pick<RequireParticipant, 'execute'>, publisher: EphemeralPublisher) {
    this.#requireParticipant = requireParticipant;
    this.#publisher = publisher;
  }

  async execute(
    requester: Pick<Requester, 'userId' | 'isShadowBanned'>,
    { roomId, userId }: { readonly roomId: string; readonly userId: string },
    { typing, timeout = DEFAULT_TIMEOUT_MS }: TypingRequest,
  ): Promise<void> {
    requireUserId(userId);
    if (userId !== requester.userId) throw new MatrixError('M_FORBIDDEN', 403, 'You cannot type for others');
    const room = await this.#requireParticipant.execute(userId, roomId);
    if (requester.isShadowBanned === true) return;
    const timeoutMs = typing ? Math.min(Math.max(timeout, 0), MAX_TIMEOUT_MS) : 0;
    this.#publisher.publishTyping({ roomId: room.roomId, userId, timeoutMs });
  }
}
