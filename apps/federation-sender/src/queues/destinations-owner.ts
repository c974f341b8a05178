import type { Clock } from '@plexus/matrix-base';
import { WantedShards } from '@plexus/storage';
import type { OutboundReader, OutboundTransactor } from '@plexus/storage';
import type { Failpoints } from '../failpoints.ts';
import { nameOfQueue, newDestination } from './destination-queue.ts';
import type { OutboundWriter } from './outbound-writer.ts';
import { OwnedDestinations } from './owned-destinations.ts';
import type { RunQueue } from './run-queue.ts';

export interface DestinationsOwnerPorts {
  readonly transactor: Pick<OutboundTransactor, 'takeOver' | 'release'>;
  readonly reader: Pick<OutboundReader, 'listOpenTransactions' | 'findDestinations'>;
  readonly writer: Pick<OutboundWriter, 'storeProgress'>;
  readonly run: Pick<RunQueue, 'start'>;
  readonly shards: Map<number, OwnedDestinations>;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  /** What this process is called. */
  readonly address: string;
  failed(doing: string, error: unknown): void;
}

/** How long transactions that are under way may take to end when a shard is given up; what does not end, its next owner repeats. */
const DRAIN_MS = 800;

/**
 * Takes, keeps and gives up shards of destinations. Only a higher epoch ends ownership: whoever assigns shards merely asks for a change.
 * What a former owner had under way is sent again as it was stored before anything else goes to that destination.
 */
export class DestinationsOwner {
  readonly #ports: DestinationsOwnerPorts;
  readonly #wanted: WantedShards;

  constructor(ports: DestinationsOwnerPorts) {
    this.#ports = ports;
    this.#wanted = new WantedShards({
      clock: ports.clock,
      takeOver: (wanted) => this.#takeOver(wanted),
      failed: (error) => ports.failed('take destination shards over', error),
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

  /** Another process has taken these. */
  fenced(shards: readonly OwnedDestinations[]): void {
    for (const owned of shards) this.#drop(owned);
  }

  async stop(): Promise<void> {
    await this.giveUp([...this.#ports.shards.keys()]);
    this.#wanted.stop();
  }

  async #takeOver(wanted: readonly number[]): Promise<void> {
    const { transactor, shards, failpoints, address } = this.#ports;
    const missing = wanted.filter((shard) => !shards.has(shard));
    if (missing.length === 0) return;
    await failpoints.reach('sender.before-take-over');
    for (const record of await transactor.takeOver(missing, address)) {
      const owned = new OwnedDestinations(record);
      await this.#repeatOpen(owned);
      shards.set(owned.shard, owned);
    }
    await failpoints.reach('sender.after-take-over');
  }

  async #repeatOpen(owned: OwnedDestinations): Promise<void> {
    const { reader, run, clock } = this.#ports;
    const open = await reader.listOpenTransactions(owned.shard);
    if (open.length === 0) return;
    const found = await reader.findDestinations(owned.shard, open);
    const records = new Map(found.map((record) => [nameOfQueue(record), record]));
    for (const transaction of open) {
      const queue = owned.open(records.get(nameOfQueue(transaction)) ?? newDestination(transaction), clock.now());
      queue.open = transaction;
      queue.retryAt = undefined;
      run.start(owned, queue);
    }
  }

  async #giveUpOne(shard: number): Promise<void> {
    const { transactor, shards, writer, failed } = this.#ports;
    const owned = shards.get(shard);
    if (owned === undefined) return;
    owned.isDraining = true;
    await this.#drain(owned);
    await writer.storeProgress(owned);
    this.#drop(owned);
    try {
      // @NOTE Whoever takes the shard over meanwhile has raised the epoch: then nothing is released.
      await transactor.release([owned]);
    } catch (error) {
      failed('release a destination shard', error);
    }
  }

  async #drain(owned: OwnedDestinations): Promise<void> {
    const done = new AbortController();
    const running = Promise.all([...owned.queues.values()].map(({ ended }) => ended));
    await Promise.race([running, this.#ports.clock.delay(DRAIN_MS, done.signal)]);
    done.abort();
  }

  #drop(owned: OwnedDestinations): void {
    owned.isGone = true;
    if (this.#ports.shards.get(owned.shard) === owned) this.#ports.shards.delete(owned.shard);
  }
}
