import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { OutboundReader, QueueKey, QueueWithEdus } from '@plexus/storage';
import { newDestination } from './destination-queue.ts';
import type { OutboundWriter } from './outbound-writer.ts';
import type { OwnedDestinations } from './owned-destinations.ts';
import type { RunQueue } from './run-queue.ts';

export interface LookAfterQueuesPorts {
  readonly reader: Pick<OutboundReader, 'listDue' | 'listQueuesWithEdus' | 'findDestinations'>;
  readonly writer: Pick<OutboundWriter, 'storeProgress'>;
  readonly run: Pick<RunQueue, 'start'>;
  readonly shards: ReadonlyMap<number, OwnedDestinations>;
  readonly clock: Clock;
  failed(doing: string, error: unknown): void;
}

const LOOK_EVERY_MS = 1_000;
/** Hints of stored EDUs may be lost; then these are found so many looks later. */
const EDU_LOOKS = 10;
const DUE_AT_ONCE = 200;
const IDLE_MS = 30_000;
/** Numbers of EDUs may appear in another order than they were given out. */
const LATE_NUMBERS = 1_000;

/** Wakes queues whose time has come, by Postgres's clock, and those with EDUs of which no hint came; stores how far all is read. */
export class LookAfterQueues {
  readonly #ports: LookAfterQueuesPorts;
  #looks = 0;

  constructor(ports: LookAfterQueuesPorts) {
    this.#ports = ports;
  }

  async runUntil(signal: AbortSignal): Promise<void> {
    const { clock, failed } = this.#ports;
    while (!signal.aborted) {
      await pauseBetweenLooks(LOOK_EVERY_MS, clock, signal);
      if (signal.aborted) return;
      try {
        await this.look();
      } catch (error) {
        failed('look after queues', error);
      }
    }
  }

  async look(): Promise<void> {
    const owned = [...this.#ports.shards.values()].filter(({ isDraining }) => !isDraining);
    if (owned.length === 0) return;
    await this.#wakeDue();
    // A shard that is new to this process is looked at at once.
    await this.#wakeThoseWithEdus(owned.filter(({ newestEdu }) => newestEdu === 0 || this.#looks % EDU_LOOKS === 0));
    for (const each of owned) each.forgetIdle(this.#ports.clock.now() - IDLE_MS);
    this.#looks += 1;
    await Promise.all(owned.map((each) => this.#storeProgress(each)));
  }

  async #wakeDue(): Promise<void> {
    const { reader, run, shards, clock } = this.#ports;
    const due = await reader.listDue([...shards.keys()], DUE_AT_ONCE);
    const byName = new Map([...shards.values()].map((owned) => [owned.shard, owned]));
    for (const { shard, record } of due) {
      const owned = byName.get(shard);
      if (owned === undefined) continue;
      const queue = owned.open(record, clock.now());
      queue.retryAt = undefined;
      run.start(owned, queue);
    }
  }

  async #wakeThoseWithEdus(some: readonly OwnedDestinations[]): Promise<void> {
    if (some.length === 0) return;
    const after = new Map(some.map(({ shard, newestEdu }) => [shard, Math.max(0, newestEdu - LATE_NUMBERS)]));
    const queues = Map.groupBy(await this.#ports.reader.listQueuesWithEdus(after), ({ shard }) => shard);
    for (const owned of some) await this.#wakeQueues(owned, queues.get(owned.shard) ?? []);
  }

  async #wakeQueues(owned: OwnedDestinations, queues: readonly QueueWithEdus[]): Promise<void> {
    const { reader, run, clock } = this.#ports;
    const keys = queues.map(({ key }) => key);
    owned.newestEdu = Math.max(owned.newestEdu, 1, ...queues.map(({ newest }) => newest));
    const unknown: QueueKey[] = keys.filter((key) => owned.find(key) === undefined);
    const found = unknown.length === 0 ? [] : await reader.findDestinations(owned.shard, unknown);
    for (const record of found) owned.open(record, clock.now());
    for (const key of keys) {
      const queue = owned.find(key) ?? owned.open(newDestination(key), clock.now());
      queue.hasStoredEdus = true;
      run.start(owned, queue);
    }
  }

  async #storeProgress(owned: OwnedDestinations): Promise<void> {
    if (owned.records.hasUnstoredProgress) await this.#ports.writer.storeProgress(owned);
  }
}
