import type { Clock } from '@plexus/matrix-base';
import { untilStored } from '@plexus/storage';
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
const DRAIN_LOOK_MS = 10;

/**
 * Takes, keeps and gives up shards of queues. Only a higher epoch ends ownership: whoever assigns shards merely asks for a change. What a former
 * owner had under way is sent again as it was stored before anything else.
 */
export class QueuesOwner {
  readonly #ports: QueuesOwnerPorts;
  readonly #wanted = new Set<number>();
  readonly #stopping = new AbortController();
  #taking: Promise<void> = Promise.resolve();

  constructor(ports: QueuesOwnerPorts) {
    this.#ports = ports;
  }

  /** Takes shards over that this process does not own yet; tried until it succeeds or they are wanted no longer. */
  take(shards: readonly number[]): Promise<void> {
    for (const shard of shards) this.#wanted.add(shard);
    this.#taking = this.#taking.then(() => this.#takeWanted());
    return this.#taking;
  }

  async giveUp(shards: readonly number[]): Promise<void> {
    for (const shard of shards) this.#wanted.delete(shard);
    await this.#taking;
    await Promise.all(shards.map((shard) => this.#giveUpOne(shard)));
  }

  /** Another process has taken this one. */
  fenced(owned: OwnedShard): void {
    owned.isGone = true;
    if (this.#ports.shards.get(owned.shard) === owned) this.#ports.shards.delete(owned.shard);
    for (const queue of owned.queues.values()) for (const order of queue.orders.splice(0)) order.resolve('not-owned');
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.giveUp([...this.#ports.shards.keys()]);
  }

  async #takeWanted(): Promise<void> {
    const { transactor, reader, shards, failpoints, clock, run, address } = this.#ports;
    await this.#untilDone('take shards of queues over', async () => {
      const missing = [...this.#wanted].filter((shard) => !shards.has(shard));
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
    });
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
    const { clock } = this.#ports;
    const until = clock.now() + DRAIN_MS;
    while ([...owned.queues.values()].some(({ isRunning }) => isRunning) && clock.now() < until) {
      await clock.delay(DRAIN_LOOK_MS);
    }
  }

  #untilDone(doing: string, work: () => Promise<void>): Promise<void> {
    const { clock, failed } = this.#ports;
    return untilStored(work, { clock, signal: this.#stopping.signal, failed: (error) => failed(doing, error) });
  }
}
