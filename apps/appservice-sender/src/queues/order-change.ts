import { appserviceShardOf } from '@plexus/topics';
import type { QueueChangeOrder } from './appservice-queue.ts';
import type { OwnedShard } from './owned-shard.ts';
import type { RunQueue } from './run-queue.ts';

export interface OrderChangePorts {
  readonly shards: ReadonlyMap<number, OwnedShard>;
  readonly run: Pick<RunQueue, 'start'>;
}

/** `not-owned`: another process has the queue. `unknown`: there is no such queue. */
export type OrderOutcome = 'done' | 'not-owned' | 'unknown';

/** Changes queues of this process as administrators, and application services that are back, ask for it. */
export class OrderChange {
  readonly #ports: OrderChangePorts;

  constructor(ports: OrderChangePorts) {
    this.#ports = ports;
  }

  /** Resolves when the change is stored. A transaction that is under way ends first. */
  async change(appserviceId: string, order: QueueChangeOrder): Promise<OrderOutcome> {
    const owned = this.#ports.shards.get(appserviceShardOf(appserviceId));
    if (owned === undefined || owned.isDraining) return 'not-owned';
    const queue = owned.queues.get(appserviceId);
    if (queue === undefined) return 'unknown';
    return new Promise((resolve) => {
      queue.orders.push({ ...order, resolve });
      this.#ports.run.start(owned, queue);
    });
  }

  /** Tries at once, however long the back-off has still to go. */
  retryNow(appserviceId: string): OrderOutcome {
    const owned = this.#ports.shards.get(appserviceShardOf(appserviceId));
    if (owned === undefined) return 'not-owned';
    const queue = owned.queues.get(appserviceId);
    if (queue === undefined) return 'unknown';
    queue.retryAt = undefined;
    queue.hasNews = true;
    this.#ports.run.start(owned, queue);
    return 'done';
  }
}
