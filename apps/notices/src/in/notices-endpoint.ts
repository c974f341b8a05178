import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type {
  BroadcastAnswer,
  BroadcastOutcome,
  ChangeBroadcastRequest,
  NoticeAnswer,
  NoticeOutcome,
  NoticesHandler,
  SendNoticeRequest,
  StartBroadcastRequest,
} from '@plexus/rpc';
import type { BroadcastAudience } from '@plexus/storage';
import type { ControlBroadcasts } from '../broadcasts/control-broadcasts.ts';
import type { SendOnce } from '../sending/send-once.ts';

export interface NoticesEndpointOptions {
  /** How long a notice is known by its name. */
  readonly rememberedMs: number;
  /** Notices per second of a broadcast that asks for no rate. */
  readonly defaultRate: number;
  /** Told what became of each notice; must not throw. */
  answered(outcome: NoticeOutcome['outcome']): void;
}

const STATUSES = ['active', 'paused', 'cancelled'] as const;

/** What other services ask of notices. */
export class NoticesEndpoint implements NoticesHandler {
  readonly #sendOnce: Pick<SendOnce, 'execute'>;
  readonly #broadcasts: Pick<ControlBroadcasts, 'start' | 'change'>;
  readonly #options: NoticesEndpointOptions;

  constructor(
    sendOnce: Pick<SendOnce, 'execute'>,
    broadcasts: Pick<ControlBroadcasts, 'start' | 'change'>,
    options: NoticesEndpointOptions,
  ) {
    this.#sendOnce = sendOnce;
    this.#broadcasts = broadcasts;
    this.#options = options;
  }

  async sendNotice({ noticeId, userId, type, stateKey, content }: SendNoticeRequest): Promise<NoticeAnswer> {
    const { rememberedMs } = this.#options;
    const event = { type, stateKey, content: contentOf(content) };
    const outcome = await this.#sendOnce.execute({ noticeId, userId, event }, { rememberedMs });
    this.#options.answered(outcome.outcome);
    if (outcome.outcome === 'sent') return { result: { $case: 'sent', value: { eventId: outcome.eventId } } };
    const { errcode, httpStatus, error } = outcome;
    return { result: { $case: 'refused', value: { errcode, httpStatus, error } } };
  }

  async startBroadcast(request: StartBroadcastRequest): Promise<BroadcastAnswer> {
    const { content, perSecond = this.#options.defaultRate, ...broadcast } = request;
    const wanted = { ...broadcast, content: JSON.stringify(contentOf(content)), perSecond };
    return answerOf(await this.#broadcasts.start({ ...wanted, audience: audienceOf(request.audience) }));
  }

  async changeBroadcast({ broadcastId, status: asked }: ChangeBroadcastRequest): Promise<BroadcastAnswer> {
    const status = STATUSES.find((one) => one === asked);
    if (status === undefined) throw new TypeError(`${asked} is nothing that a broadcast can be made`);
    return answerOf(await this.#broadcasts.change(broadcastId, status));
  }
}

function answerOf(outcome: BroadcastOutcome): BroadcastAnswer {
  if (outcome.outcome === 'done') return { result: { $case: 'done', value: { broadcastId: outcome.broadcastId } } };
  const { errcode, httpStatus, error } = outcome;
  return { result: { $case: 'refused', value: { errcode, httpStatus, error } } };
}

function audienceOf(audience: StartBroadcastRequest['audience']): BroadcastAudience {
  if (audience === undefined) return {};
  const { withGuests, neverConsented, inactiveSince, users } = audience;
  return {
    ...(withGuests && { withGuests }),
    ...(neverConsented && { neverConsented }),
    ...(inactiveSince !== undefined && { inactiveSince }),
    ...(users !== undefined && { userIds: users.userIds }),
  };
}

function contentOf(bytes: Buffer): JsonObject {
  const parsed = parseJson(bytes);
  if (parsed.outcome === 'ok' && isJsonObject(parsed.value)) return parsed.value;
  throw new TypeError('the content of a notice is no JSON object');
}
