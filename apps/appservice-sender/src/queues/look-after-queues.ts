import type { Clock } from '@plexus/matrix-base';
import type { AppserviceQueueReader, AppserviceQueueTransactor } from '@plexus/storage';
import { appserviceShardOf } from '@plexus/topics';
import { AppserviceQueue } from './appservice-queue.ts';
import type { OwnedShard } from './owned-shard.ts';
import type { RunQueue } from './run-queue.ts';

export interface LookAfterQueuesPorts {
  /** All that are registered, those too that are sent nothing. */
  registered(): readonly { readonly id: string }[];
  readonly transactor: Pick<AppserviceQueueTransactor, 'openQueues' | 'forgetSent' | 'removeQueue'>;
  readonly reader: Pick<AppserviceQueueReader, 'listQueues'>;
  readonly run: Pick<RunQueue, 'start'>;
  readonly shards: ReadonlyMap<number, OwnedShard>;
  readonly clock: Clock;
  readonly keepSentMs: number;
}

const LOOK_EVERY_MS = 250;
const FORGET_LOOKS = 120;
/** At most so many items that were sent can be sent again. */
const KEPT_ITEMS = 100_000;
const FORGOTTEN_AT_ONCE = 2_000;
/** A registration that is gone for so long is not about to come back under the same id. */
const GONE_MS = 60_000;

/** Wakes queues whose time has come, makes those of new registrations, and clears up. */
export class LookAfterQueues {
  readonly #ports: LookAfterQueuesPorts;
  readonly #goneSince = new Map<string, number>();
  #looks = 0;

  constructor(ports: LookAfterQueuesPorts) {
    this.#ports = ports;
  }

  async runUntil(signal: AbortSignal, failed: (error: unknown) => void): Promise<void> {
    while (!signal.aborted) {
      await this.#ports.clock.delay(LOOK_EVERY_MS, signal);
      if (signal.aborted) return;
      try {
        await this.look();
      } catch (error) {
        failed(error);
      }
    }
  }

  async look(): Promise<void> {
    const { shards, run } = this.#ports;
    this.#looks += 1;
    for (const owned of shards.values()) {
      if (owned.isDraining) continue;
      await this.#openMissing(owned);
      for (const queue of owned.queues.values()) if (queue.hasWork) run.start(owned, queue);
      await this.#removeGone(owned);
      if (this.#looks % FORGET_LOOKS === 0) await this.#forgetSent(owned);
    }
  }

  async #openMissing(owned: OwnedShard): Promise<void> {
    const { registered, transactor, reader, clock } = this.#ports;
    const missing = registered().flatMap(({ id }) => {
      return appserviceShardOf(id) === owned.shard && !owned.queues.has(id) ? [id] : [];
    });
    if (missing.length === 0) return;
    await transactor.openQueues(owned, missing);
    for (const record of await reader.listQueues([owned.shard])) {
      if (owned.queues.has(record.appserviceId)) continue;
      owned.queues.set(record.appserviceId, new AppserviceQueue(record, undefined, clock.now()));
    }
  }

  /** @NOTE Not at once: a process may know of a removal a little before another knows that the same id has come back. */
  async #removeGone(owned: OwnedShard): Promise<void> {
    const { registered, transactor, clock } = this.#ports;
    const known = new Set(registered().map(({ id }) => id));
    const now = clock.now();
    for (const { id, isRunning } of owned.queues.values()) {
      if (known.has(id)) {
        this.#goneSince.delete(id);
        continue;
      }
      const since = this.#goneSince.get(id) ?? now;
      this.#goneSince.set(id, since);
      if (isRunning || now - since < GONE_MS || !(await transactor.removeQueue(owned, id))) continue;
      owned.queues.delete(id);
      this.#goneSince.delete(id);
    }
  }

  async #forgetSent(owned: OwnedShard): Promise<void> {
    const { transactor, keepSentMs } = this.#ports;
    for (const id of owned.queues.keys()) {
      const kept = { forMs: keepSentMs, items: KEPT_ITEMS, atOnce: FORGOTTEN_AT_ONCE };
      while ((await transactor.forgetSent(id, kept)) === FORGOTTEN_AT_ONCE && !owned.isGone) continue;
    }
  }
}
