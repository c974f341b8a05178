import { pauseBetweenLooks } from '@plexus/matrix-base';
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
/** Every so many times, what was sent is forgotten of all queues; else of those to which something was sent since. */
const ALL_FORGET_ROUNDS = 20;
/** At most so many items that were sent can be sent again. */
const KEPT_ITEMS = 100_000;
const FORGOTTEN_AT_ONCE = 2_000;
/** A registration that is gone for so long is not about to come back under the same id. */
const GONE_MS = 60_000;

/** Wakes queues whose time has come, makes those of new registrations, and clears up. What does not change costs nothing but looks into memory. */
export class LookAfterQueues {
  readonly #ports: LookAfterQueuesPorts;
  readonly #goneSince = new Map<string, number>();
  #registered: readonly { readonly id: string }[] | undefined;
  #idsByShard: ReadonlyMap<number, readonly string[]> = new Map();
  #looks = 0;
  #forgotAt = 0;

  constructor(ports: LookAfterQueuesPorts) {
    this.#ports = ports;
  }

  async runUntil(signal: AbortSignal, failed: (error: unknown) => void): Promise<void> {
    while (!signal.aborted) {
      await pauseBetweenLooks(LOOK_EVERY_MS, this.#ports.clock, signal);
      if (signal.aborted) return;
      try {
        await this.look();
      } catch (error) {
        failed(error);
      }
    }
  }

  async look(): Promise<void> {
    const { shards, run, clock } = this.#ports;
    this.#refresh();
    this.#looks += 1;
    const forgets = this.#looks % FORGET_LOOKS === 0;
    const isRoundOfAll = this.#looks % (FORGET_LOOKS * ALL_FORGET_ROUNDS) === FORGET_LOOKS;
    const sentAfter = isRoundOfAll ? undefined : this.#forgotAt;
    if (forgets) this.#forgotAt = clock.now();
    for (const owned of shards.values()) {
      if (owned.isDraining) continue;
      await this.#openMissing(owned);
      for (const queue of owned.queues.values()) if (queue.hasWork) run.start(owned, queue);
      await this.#removeGone(owned);
      if (forgets) await this.#forgetSent(owned, sentAfter);
    }
  }

  #refresh(): void {
    const all = this.#ports.registered();
    if (all === this.#registered) return;
    this.#registered = all;
    const ids = all.map(({ id }) => id);
    this.#idsByShard = Map.groupBy(ids, appserviceShardOf);
    for (const id of ids) this.#goneSince.delete(id);
  }

  #idsOf({ shard }: OwnedShard): readonly string[] {
    return this.#idsByShard.get(shard) ?? [];
  }

  async #openMissing(owned: OwnedShard): Promise<void> {
    const { transactor, reader, clock } = this.#ports;
    const missing = this.#idsOf(owned).filter((id) => !owned.queues.has(id));
    if (missing.length === 0) return;
    await transactor.openQueues(owned, missing);
    for (const record of await reader.listQueues([owned.shard])) {
      if (owned.queues.has(record.appserviceId)) continue;
      owned.queues.set(record.appserviceId, new AppserviceQueue(record, undefined, clock.now()));
    }
  }

  /** @NOTE Not at once: a process may know of a removal a little before another knows that the same id has come back. */
  async #removeGone(owned: OwnedShard): Promise<void> {
    const { transactor, clock } = this.#ports;
    const ids = this.#idsOf(owned);
    // Each that is registered has a queue here.
    if (owned.queues.size <= ids.length) return;
    const known = new Set(ids);
    const now = clock.now();
    for (const { id, isRunning } of owned.queues.values()) {
      if (known.has(id)) continue;
      const since = this.#goneSince.get(id) ?? now;
      this.#goneSince.set(id, since);
      if (isRunning || now - since < GONE_MS || !(await transactor.removeQueue(owned, id))) continue;
      owned.queues.delete(id);
      this.#goneSince.delete(id);
    }
  }

  /** Of queues to which something was sent after a time; nothing: of all. */
  async #forgetSent(owned: OwnedShard, sentAfter: number | undefined): Promise<void> {
    const { transactor, keepSentMs } = this.#ports;
    for (const { id, record } of owned.queues.values()) {
      if (sentAfter !== undefined && (record.lastSentAt ?? 0) < sentAfter) continue;
      const kept = { forMs: keepSentMs, items: KEPT_ITEMS, atOnce: FORGOTTEN_AT_ONCE };
      while ((await transactor.forgetSent(id, kept)) === FORGOTTEN_AT_ONCE && !owned.isGone) continue;
    }
  }
}
