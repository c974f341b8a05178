import { parseJson } from '@plexus/matrix-base';
import type { Clock, JsonValue } from '@plexus/matrix-base';
import { RemoteServerError } from '@plexus/remote-servers';
import type {
  AppservicePingOutcome,
  AppserviceQueryOutcome,
  AppserviceQueueOrder,
  AppserviceRequests,
  ThirdPartyQuestion,
} from './appservice-requests.ts';
import type { AppservicesChannels, AppservicesHandler } from './appservices-channel.ts';
import type { ReplicaRouter } from './replica-router.ts';
import { RpcError } from './rpc-error.ts';

export interface RoutedAppservicesOptions {
  readonly router: Pick<ReplicaRouter<AppservicesHandler>, 'run'>;
  readonly channels: Pick<AppservicesChannels, 'channelTo'>;
  readonly clock: Clock;
  /** Where the process is that owns the queue. */
  findOwner(appserviceId: string): Promise<string | undefined>;
}

const PING_MS = 70_000;
const QUERY_MS = 70_000;
const CHANGE_MS = 70_000;
/** As long as it takes until another process has the queues of one that died. */
const OWNER_WITHIN_MS = 15_000;
const LOOK_AGAIN_MS = 100;

/** Application services, as services see them that open no connections themselves. */
export class RoutedAppservices implements AppserviceRequests {
  readonly #options: RoutedAppservicesOptions;

  constructor(options: RoutedAppservicesOptions) {
    this.#options = options;
  }

  async ping(appserviceId: string, transactionId = ''): Promise<AppservicePingOutcome> {
    const { result } = await this.#options.router.run({
      affinity: appserviceId,
      isRepeatable: true,
      call: (sender) => sender.ping({ appserviceId, transactionId }, { deadlineMs: PING_MS }),
    });
    if (result === undefined) return { outcome: 'not-asked' };
    if (result.$case === 'answered') return { outcome: 'answered', ...result.value };
    const { isTimeout, because } = result.value;
    return { outcome: 'unreachable', reason: isTimeout ? 'timeout' : 'connection', because };
  }

  queryUser(appserviceId: string, userId: string): Promise<AppserviceQueryOutcome> {
    return this.#query(appserviceId, userId);
  }

  queryAlias(appserviceId: string, alias: string): Promise<AppserviceQueryOutcome> {
    return this.#query(appserviceId, alias);
  }

  async queryThirdParty(appserviceId: string, question: ThirdPartyQuestion): Promise<JsonValue | undefined> {
    const target = targetOf(question);
    const { body } = await this.#options.router.run({
      affinity: appserviceId,
      isRepeatable: true,
      call: (sender) => sender.queryThirdParty({ appserviceId, target }, { deadlineMs: QUERY_MS }),
    });
    const parsed = body.length === 0 ? undefined : parseJson(body);
    return parsed?.outcome === 'ok' ? parsed.value : undefined;
  }

  async retryNow(appserviceId: string): Promise<void> {
    await this.#change({ appserviceId, change: 'retry', seq: 0 });
  }

  changeQueue(appserviceId: string, order: AppserviceQueueOrder): Promise<'done' | 'unknown'> {
    const seq = order.kind === 'skip' ? order.upToSeq : order.kind === 'replay' ? order.fromSeq : 0;
    return this.#change({ appserviceId, change: order.kind, seq });
  }

  async #query(appserviceId: string, name: string): Promise<AppserviceQueryOutcome> {
    const { outcome } = await this.#options.router.run({
      affinity: appserviceId,
      isRepeatable: true,
      call: (sender) => sender.query({ appserviceId, name }, { deadlineMs: QUERY_MS }),
    });
    return outcome === 'exists' || outcome === 'unknown' ? outcome : 'failed';
  }

  /** Asks the owner, and whoever is it next; a change that is repeated changes nothing more. */
  async #change(request: Parameters<AppservicesHandler['changeQueue']>[0]): Promise<'done' | 'unknown'> {
    const { clock, findOwner, channels } = this.#options;
    const deadline = clock.now() + OWNER_WITHIN_MS;
    for (let because: unknown; ;) {
      const address = await findOwner(request.appserviceId);
      try {
        const answer =
          address === undefined
            ? undefined
            : await channels.channelTo(address).changeQueue(request, { deadlineMs: CHANGE_MS });
        if (answer?.outcome === 'done' || answer?.outcome === 'unknown') return answer.outcome;
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        because = error;
      }
      if (clock.now() >= deadline) throw new RemoteServerError('nobody owns the queue', { cause: because });
      await clock.delay(LOOK_AGAIN_MS);
    }
  }
}

function targetOf(question: ThirdPartyQuestion): string {
  switch (question.kind) {
    case 'protocol':
      return `protocol/${encodeURIComponent(question.protocol)}`;
    case 'users':
    case 'locations': {
      const query = new URLSearchParams(question.fields).toString();
      const kind = question.kind === 'users' ? 'user' : 'location';
      return `${kind}/${encodeURIComponent(question.protocol)}${query === '' ? '' : `?${query}`}`;
    }
    case 'by-user':
      return `user?${new URLSearchParams({ userid: question.userId }).toString()}`;
    case 'by-alias':
      return `location?${new URLSearchParams({ alias: question.alias }).toString()}`;
  }
}
