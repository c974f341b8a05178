import type { Clock } from '@plexus/matrix-base';
import { WantedShards } from '@plexus/storage';
import type { AppserviceQueueReader, AppserviceQueueTransactor } from '@plexus/storage';
import type { Failpoints } from '../failpoints.ts';
import { AppserviceQueue } from './appservice-queue.ts';
import { OwnedShard } from './owned-shard.ts';
import type { RunQueue } from './run-queue.ts';

export interface QueuesOwnerPorts {
  readonly transactor: Pick<AppserviceQueueTransactor, 'takeOver' | 'release'>;
  readonly reader: Pick<AppserviceQueueReader, 'listQueues' | 'listTransactions'>;
  readonly run: Pick<RunQueue, 'start'>;
  readonly shards: Map<number, OwnedShard>;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  /** What this process is called. */
  readonly address: string;
  failed(doing: string, error: unknown): void;
}

/** How long a transaction that is under way may take to end when a shard is given up; what does not end, the next owner repeats. */
const DRAIN_MS = 800;

/**
 * Takes, keeps and gives up shards of queues. Only a higher epoch ends ownership: whoever assigns shards merely asks for a change. What a former
 * owner had under way is sent again as it was stored before anything else.
 */
export class QueuesOwner {
  readonly #ports: QueuesOwnerPorts;
  readonly #wanted: WantedShards;

  constructor(ports: QueuesOwnerPorts) {
    this.#ports = ports;
    this.#wanted = new WantedShards({
      clock: ports.clock,
      takeOver: (wanted) => this.#takeOver(wanted),
      failed: (error) => ports.failed('take shards of queues over', error),
    });
  }

  /** Takes shards over that this process does not own yet; tried until it succeeds or they are wanted no longer. */
  take(shards: readonly number[]): Promise<void> {
    return this.#wanted.take(shards);
  }

  async giveUp(shards: readonly number[]): Promise<void> {
    await this.#wanted.leave(shards);
    await Promise.all(shards.map((shard) => this.#giveUpOne(shard)));
  }

  /** Another process has taken this one. */
  fenced(owned: OwnedShard): void {
    owned.isGone = true;
    if (this.#ports.shards.get(owned.shard) === owned) this.#ports.shards.delete(owned.shard);
    for (const queue of owned.queues.values()) for (const order of queue.orders.splice(0)) order.resolve('not-owned');
  }

  async stop(): Promise<void> {
    this.#wanted.stop();
    await this.giveUp([...this.#ports.shards.keys()]);
  }

  async #takeOver(wanted: readonly number[]): Promise<void> {
    const { transactor, reader, shards, failpoints, clock, run, address } = this.#ports;
    const missing = wanted.filter((shard) => !shards.has(shard));
    if (missing.length === 0) return;
    const taken = (await transactor.takeOver(missing, address)).map((epoch) => new OwnedShard(epoch));
    const [queues, open] = [await reader.listQueues(missing), await reader.listTransactions(missing)];
    const openOf = new Map(open.map((transaction) => [transaction.appserviceId, transaction]));
    for (const owned of taken) {
      for (const record of queues.filter(({ shard }) => shard === owned.shard)) {
        const queue = new AppserviceQueue(record, openOf.get(record.appserviceId), clock.now());
        owned.queues.set(record.appserviceId, queue);
      }
      shards.set(owned.shard, owned);
    }
    await failpoints.reach('appservice.after-take-over');
    for (const owned of taken) for (const queue of owned.queues.values()) run.start(owned, queue);
  }

  async #giveUpOne(shard: number): Promise<void> {
    const { transactor, shards, failed } = this.#ports;
    const owned = shards.get(shard);
    if (owned === undefined) return;
    owned.isDraining = true;
    await this.#drain(owned);
    this.fenced(owned);
    try {
      // @NOTE Whoever takes the shard over meanwhile has raised the epoch: then nothing is released.
      await transactor.release([owned]);
    } catch (error) {
      failed('release a shard of queues', error);
    }
  }

  async #drain(owned: OwnedShard): Promise<void> {
    const done = new AbortController();
    const running = Promise.all([...owned.queues.values()].map(({ ended }) => ended));
    await Promise.race([running, this.#ports.clock.delay(DRAIN_MS, done.signal)]);
    done.abort();
  }
}
