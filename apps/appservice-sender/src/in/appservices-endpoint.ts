import type { AppservicesHandler } from '@plexus/rpc';
import type { TracedRows } from '@plexus/service-shell';
import type { QueueChangeOrder } from '../queues/appservice-queue.ts';
import type { OrderChange } from '../queues/order-change.ts';
import type { WakeQueues } from '../queues/wake-queues.ts';
import type { AskAppservices } from '../requests/ask-appservices.ts';

export interface AppservicesEndpointPorts {
  readonly ask: AskAppservices;
  readonly wake: Pick<WakeQueues, 'wakeOwn'>;
  readonly orders: OrderChange;
  readonly tracedRows: Pick<TracedRows, 'remember'>;
}

/** What other services ask of this one. */
export class AppservicesEndpoint implements AppservicesHandler {
  readonly #ports: AppservicesEndpointPorts;

  constructor(ports: AppservicesEndpointPorts) {
    this.#ports = ports;
  }

  ping: AppservicesHandler['ping'] = async ({ appserviceId, transactionId }) => {
    const answer = await this.#ports.ask.ping(appserviceId, transactionId);
    if (answer.outcome === 'not-asked') return { result: undefined };
    if (answer.outcome === 'answered') {
      const { status, body, durationMs } = answer;
      return { result: { $case: 'answered', value: { status, body, durationMs } } };
    }
    const { reason, because } = answer;
    return { result: { $case: 'unanswered', value: { isTimeout: reason === 'timeout', because } } };
  };

  query: AppservicesHandler['query'] = async ({ appserviceId, name }) => {
    return { outcome: await this.#ports.ask.query(appserviceId, name) };
  };

  queryThirdParty: AppservicesHandler['queryThirdParty'] = async ({ appserviceId, target }) => {
    const answer = await this.#ports.ask.queryThirdParty(appserviceId, target);
    return { body: answer === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(answer)) };
  };

  wakeQueues: AppservicesHandler['wakeQueues'] = async ({ appserviceIds, traced }) => {
    for (const event of traced) this.#ports.tracedRows.remember(event);
    for (const id of appserviceIds) this.#ports.wake.wakeOwn(id);
    return {};
  };

  changeQueue: AppservicesHandler['changeQueue'] = async ({ appserviceId, change, seq }) => {
    const { orders } = this.#ports;
    if (change === 'retry') return { outcome: orders.retryNow(appserviceId) };
    return { outcome: await orders.change(appserviceId, orderOf(change, seq)) };
  };
}

function orderOf(change: string, seq: number): QueueChangeOrder {
  switch (change) {
    case 'pause':
    case 'resume':
      return { kind: change };
    case 'skip':
      return { kind: 'skip', upToSeq: seq };
    case 'replay':
      return { kind: 'replay', fromSeq: seq };
    default:
      throw new TypeError(`${change} is no change of a queue`);
  }
}
