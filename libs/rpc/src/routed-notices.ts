import type { BroadcastAnswer, NoticeRefused, StartBroadcastRequest } from './generated/plexus/rpc/v1/notices.ts';
import type { BroadcastOutcome, Notice, NoticeOutcome, NoticeRefusal, Notices, WantedBroadcast } from './notices.ts';
import type { NoticesHandler } from './notices-channel.ts';
import type { ReplicaRouter } from './replica-router.ts';
import { RpcError } from './rpc-error.ts';

/** A new room takes a few steps, each of which may wait for the room's next owner. */
const SEND_MS = 60_000;
const CONTROL_MS = 10_000;

/** Notices, as services see them that do not send any themselves. Every call may be repeated: it has a name. */
export class RoutedNotices implements Notices {
  readonly #router: Pick<ReplicaRouter<NoticesHandler>, 'run'>;

  constructor(router: Pick<ReplicaRouter<NoticesHandler>, 'run'>) {
    this.#router = router;
  }

  async sendNotice({ noticeId, userId, type, stateKey, content }: Notice): Promise<NoticeOutcome> {
    const request = { noticeId, userId, type, stateKey, content: Buffer.from(JSON.stringify(content)) };
    const { result } = await this.#router.run({
      affinity: userId,
      isRepeatable: true,
      call: (notices) => notices.sendNotice(request, { deadlineMs: SEND_MS }),
    });
    if (result === undefined) throw new RpcError('notices answered with nothing');
    if (result.$case === 'refused') return refusalOf(result.value);
    return { outcome: 'sent', eventId: result.value.eventId };
  }

  async startBroadcast(broadcast: WantedBroadcast): Promise<BroadcastOutcome> {
    const request = requestOf(broadcast);
    const answer = await this.#router.run({
      affinity: broadcast.broadcastId,
      isRepeatable: true,
      call: (notices) => notices.startBroadcast(request, { deadlineMs: CONTROL_MS }),
    });
    return outcomeOf(answer);
  }

  async changeBroadcast(broadcastId: string, status: 'active' | 'paused' | 'cancelled'): Promise<BroadcastOutcome> {
    const answer = await this.#router.run({
      affinity: broadcastId,
      isRepeatable: true,
      call: (notices) => notices.changeBroadcast({ broadcastId, status }, { deadlineMs: CONTROL_MS }),
    });
    return outcomeOf(answer);
  }
}

function requestOf({ content, audience, perSecond, ...broadcast }: WantedBroadcast): StartBroadcastRequest {
  const { withGuests, neverConsented, inactiveSince, userIds } = audience;
  return {
    ...broadcast,
    content: Buffer.from(JSON.stringify(content)),
    audience: {
      withGuests,
      neverConsented,
      inactiveSince,
      users: userIds && { userIds: [...userIds] },
    },
    perSecond,
  };
}

function outcomeOf({ result }: BroadcastAnswer): BroadcastOutcome {
  if (result === undefined) throw new RpcError('notices answered with nothing');
  if (result.$case === 'refused') return refusalOf(result.value);
  return { outcome: 'done', broadcastId: result.value.broadcastId };
}

function refusalOf({ errcode, httpStatus, error }: NoticeRefused): NoticeRefusal {
  return { outcome: 'refused', errcode, httpStatus, error };
}
