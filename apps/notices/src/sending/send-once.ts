import type { NoticeOutcome } from '@plexus/rpc';
import type { NoticeDeliveryRepository } from '@plexus/storage';
import type { NoticeToSend, SendNotice } from './send-notice.ts';

/**
 * Sends notices that are asked for more than once, once: who sends keeps a row before, and the event's id after. A crash in between leaves a
 * row without an event: whoever asks again sends the same command, and the room's owner knows it.
 */
export class SendOnce {
  readonly #deliveries: Pick<NoticeDeliveryRepository, 'insertOrGet' | 'setSent' | 'remove'>;
  readonly #sendNotice: Pick<SendNotice, 'execute'>;

  constructor(
    deliveries: Pick<NoticeDeliveryRepository, 'insertOrGet' | 'setSent' | 'remove'>,
    sendNotice: Pick<SendNotice, 'execute'>,
  ) {
    this.#deliveries = deliveries;
    this.#sendNotice = sendNotice;
  }

  /** `rememberedMs`: for so long; nothing: for ever. What is refused is not remembered. */
  async execute(
    notice: NoticeToSend,
    { rememberedMs }: { readonly rememberedMs?: number } = {},
  ): Promise<NoticeOutcome> {
    const { noticeId, userId } = notice;
    const kept = await this.#deliveries.insertOrGet({ noticeId, userId, rememberedMs });
    if (kept.eventId !== undefined) return { outcome: 'sent', eventId: kept.eventId };
    if (kept.userId !== userId) return OTHER_USER;
    const outcome = await this.#sendNotice.execute(notice);
    if (outcome.outcome === 'sent') await this.#deliveries.setSent(noticeId, outcome.eventId);
    else await this.#deliveries.remove(noticeId);
    return outcome;
  }
}

const OTHER_USER: NoticeOutcome = {
  outcome: 'refused',
  errcode: 'M_UNKNOWN',
  httpStatus: 409,
  error: 'This transaction is under way, for another user',
};
