import type { Appservice } from '@plexus/appservices';
import type { Clock } from '@plexus/matrix-base';
import type { FairSlots } from '@plexus/service-shell';
import { StorageError } from '@plexus/storage';
import type { AppserviceQueueChange, AppserviceQueueTransactor, AppserviceTransactionRecord } from '@plexus/storage';
import type { Failpoints } from '../failpoints.ts';
import { applyOrder } from './apply-order.ts';
import type { AppserviceQueue } from './appservice-queue.ts';
import { backOffMs } from './back-off.ts';
import type { Collected, CollectTransaction } from './collect-transaction.ts';
import type { OwnedShard } from './owned-shard.ts';
import type { SendOutcome, TransactionSender } from './transaction-sender.ts';

/** What happens to transactions, for metrics and the log. */
export interface SendingObserver {
  sent(transaction: AppserviceTransactionRecord): void;
  /** It was not taken, and is tried again after so long. */
  notSent(transaction: AppserviceTransactionRecord, because: string, intervalMs: number): void;
  /** One that was not taken before is tried again. */
  retried(transaction: AppserviceTransactionRecord): void;
  /** It takes what it is sent again. */
  cameUp(appserviceId: string): void;
  failed(doing: string, error: unknown): void;
}

export interface RunQueuePorts {
  readonly appservices: { find(id: string): Appservice | undefined };
  readonly collect: Pick<CollectTransaction, 'collect'>;
  readonly transactor: Pick<AppserviceQueueTransactor, 'store'>;
  readonly sender: TransactionSender;
  /** Of transactions that are under way. */
  readonly slots: Pick<FairSlots, 'enter'>;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  readonly observer: SendingObserver;
  /** Another process owns the shard. */
  fenced(owned: OwnedShard): void;
}

const RETRY_STORAGE_MS = 500;

/**
 * Works on the queue of one application service: one transaction at a time, in order.
 *
 *     idle ──items──► begun ──taken──► begun with what waits by now … idle
 *                     │  ▲
 *              failed ▼  │ 2, 4 … 512 s, or a ping
 *                     down (the same transaction, byte for byte) ──taken──► begun … nothing left: up
 *
 * A transaction is stored before its first attempt, so that after a crash the same bytes go out under the same id. What comes while it is
 * under way waits, and goes together: at most 100 of each kind. Paused, nothing is sent; what waits stays.
 */
export class RunQueue {
  readonly #ports: RunQueuePorts;
  /** What goes after the transaction that is under way, where more waits than one takes. */
  readonly #ahead = new WeakMap<AppserviceTransactionRecord, Promise<Collected | undefined>>();

  constructor(ports: RunQueuePorts) {
    this.#ports = ports;
  }

  /** Begins to work, unless that is done already. */
  start(owned: OwnedShard, queue: AppserviceQueue): void {
    if (queue.isRunning) return;
    queue.isRunning = true;
    queue.ended = this.#runUntilDone(owned, queue);
  }

  /** @NOTE Between the last step and the end nothing is awaited: what comes meanwhile is seen here, what comes later starts anew. */
  async #runUntilDone(owned: OwnedShard, queue: AppserviceQueue): Promise<void> {
    const { clock, observer } = this.#ports;
    for (let goesOn = true; goesOn && !owned.isDraining && !owned.isGone;) {
      try {
        goesOn = await this.#step(owned, queue);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        observer.failed('work on a queue', error);
        await clock.delay(RETRY_STORAGE_MS);
      }
    }
    queue.isRunning = false;
  }

  /** Whether there may be more to do. */
  async #step(owned: OwnedShard, queue: AppserviceQueue): Promise<boolean> {
    const { appservices, clock, observer } = this.#ports;
    if (queue.orders.length > 0) return this.#obey(owned, queue);
    const appservice = appservices.find(queue.id);
    if (appservice === undefined || queue.record.isPaused || queue.isLeftAlone(clock.now())) return false;
    if (!queue.hasWork) return false;
    if (queue.open === undefined) return this.#begin(owned, queue, appservice);
    const { open } = queue;
    const outcome = await this.#send(owned, queue, { appservice, open });
    if (outcome === 'given-up' || owned.isGone) return false;
    if (outcome.outcome === 'failed') return this.#failed(owned, queue, { open, because: outcome.because });
    observer.sent(open);
    return this.#finish(owned, queue, { appservice, open });
  }

  /** Sends when it is its turn. What is given up with its shard, the next owner sends. */
  async #send(
    owned: OwnedShard,
    { record }: AppserviceQueue,
    { appservice, open }: { readonly appservice: Appservice; readonly open: AppserviceTransactionRecord },
  ): Promise<SendOutcome | 'given-up'> {
    const { slots, failpoints, sender, observer } = this.#ports;
    const slot = await slots.enter(turnOf(appservice));
    try {
      if (owned.isDraining || owned.isGone) return 'given-up';
      if (record.failures > 0) observer.retried(open);
      await failpoints.reach('appservice.before-send');
      const outcome = await sender.send(appservice, open);
      await failpoints.reach('appservice.after-send');
      return outcome;
    } finally {
      slot?.leave();
    }
  }

  async #begin(owned: OwnedShard, queue: AppserviceQueue, appservice: Appservice): Promise<boolean> {
    await this.#ports.failpoints.reach('appservice.before-begin');
    queue.hasNews = false;
    const collected = await this.#ports.collect.collect(appservice, queue.record.takenSeq);
    if (collected === undefined) return this.#nothingIsLeft(owned, queue);
    return this.#store(owned, queue, { queue: { ...queue.record, takenSeq: collected.upToSeq } }, collected);
  }

  /** The end of one transaction and the beginning of the next are one change. */
  async #finish(
    owned: OwnedShard,
    queue: AppserviceQueue,
    { appservice, open }: { readonly appservice: Appservice; readonly open: AppserviceTransactionRecord },
  ): Promise<boolean> {
    const { clock, collect, failpoints } = this.#ports;
    const taken = {
      ...queue.record,
      failures: 0,
      dueInMs: undefined,
      failingSince: undefined,
      lastError: undefined,
      lastSentAt: clock.now(),
    };
    queue.retryAt = undefined;
    const isStopping = owned.isDraining || queue.orders.length > 0;
    queue.hasNews = isStopping;
    const ahead = isStopping ? undefined : await this.#ahead.get(open);
    const next =
      ahead?.isFull === true || isStopping ? ahead : await collect.collect(appservice, queue.record.takenSeq);
    const wasDown = queue.record.failures > 0;
    const goesOn = await this.#store(
      owned,
      queue,
      { queue: { ...taken, takenSeq: next?.upToSeq ?? taken.takenSeq }, hasEnded: true },
      next,
    );
    await failpoints.reach('appservice.after-finish');
    if (wasDown) this.#ports.observer.cameUp(queue.id);
    return goesOn && (next !== undefined || queue.hasWork);
  }

  async #failed(
    owned: OwnedShard,
    queue: AppserviceQueue,
    { open, because }: { readonly open: AppserviceTransactionRecord; readonly because: string },
  ): Promise<boolean> {
    const { clock, observer } = this.#ports;
    const now = clock.now();
    const failures = queue.record.failures + 1;
    const intervalMs = backOffMs(failures);
    observer.notSent(open, because, intervalMs);
    queue.retryAt = now + intervalMs;
    const failing = { failures, dueInMs: intervalMs, lastError: because };
    const failingSince = queue.record.failingSince ?? now;
    await this.#store(owned, queue, { queue: { ...queue.record, ...failing, failingSince } }, undefined);
    return queue.orders.length > 0;
  }

  async #nothingIsLeft(owned: OwnedShard, queue: AppserviceQueue): Promise<boolean> {
    if (queue.record.failures > 0) {
      const isUp = { failures: 0, dueInMs: undefined, failingSince: undefined, lastError: undefined };
      await this.#store(owned, queue, { queue: { ...queue.record, ...isUp } }, undefined);
      this.#ports.observer.cameUp(queue.id);
    }
    return queue.hasNews || queue.orders.length > 0;
  }

  async #obey(owned: OwnedShard, queue: AppserviceQueue): Promise<boolean> {
    const [order] = queue.orders.splice(0, 1);
    if (order === undefined) return true;
    const { queue: ordered, givesUpOpen } = applyOrder(queue.record, queue.open, order);
    const isStored = await this.#store(owned, queue, { queue: ordered, hasEnded: givesUpOpen }, undefined);
    if (order.kind !== 'pause') {
      queue.retryAt = undefined;
      queue.hasNews = true;
    }
    order.resolve(isStored ? 'done' : 'not-owned');
    return isStored;
  }

  /** False where the shard is another's now. What could not be stored is tried until it is. */
  async #store(
    owned: OwnedShard,
    queue: AppserviceQueue,
    change: Omit<AppserviceQueueChange, 'begun'>,
    collected: Collected | undefined,
  ): Promise<boolean> {
    const begun = collected?.transaction;
    const whole = { ...change, ...(begun !== undefined && { begun }) };
    const outcome = await this.#untilStored(owned, whole);
    if (outcome === 'fenced') {
      this.#ports.fenced(owned);
      return false;
    }
    queue.record = { ...change.queue, version: change.queue.version + 1 };
    if (change.hasEnded === true) queue.open = undefined;
    if (begun !== undefined) {
      queue.open = begun;
      if (collected?.isFull === true) this.#collectAhead(queue, begun);
    }
    return true;
  }

  /** @NOTE A failure is for whoever collects anew. */
  #collectAhead({ id }: AppserviceQueue, open: AppserviceTransactionRecord): void {
    const appservice = this.#ports.appservices.find(id);
    if (appservice === undefined) return;
    const collecting = this.#ports.collect.collect(appservice, open.upToSeq);
    this.#ahead.set(
      open,
      collecting.catch(() => undefined),
    );
  }

  async #untilStored(owned: OwnedShard, change: AppserviceQueueChange): Promise<'stored' | 'fenced'> {
    const { transactor, clock, observer } = this.#ports;
    for (;;) {
      try {
        return owned.isGone ? 'fenced' : await transactor.store(owned, change);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        observer.failed('store a queue', error);
        await clock.delay(RETRY_STORAGE_MS);
      }
    }
  }
}

/** Application services of one hosted server share its turns; one that is for several has its own. */
function turnOf({ id, servers }: Appservice): string {
  const [only, ...others] = servers === 'all' ? [] : servers;
  return only === undefined || others.length > 0 ? `appservice ${id}` : only;
}
