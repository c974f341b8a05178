import { encodeUrlSafeBase64 } from '@plexus/matrix-base';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import type { DestinationRecord, OutgoingTransaction, QueueChange, QueueKey } from '@plexus/storage';
import type { FairSlots } from '@plexus/service-shell';
import type { Failpoints } from '../failpoints.ts';
import type { BackOffSettings } from './back-off.ts';
import { nextInterval } from './back-off.ts';
import { buildBody } from './build-body.ts';
import type { DestinationQueue } from './destination-queue.ts';
import type { EventBodies } from './event-bodies.ts';
import { newestOfRooms } from './newest-of-rooms.ts';
import type { OpenRecord } from './open-records.ts';
import type { OutboundWriter, WriteOutcome } from './outbound-writer.ts';
import type { OwnedDestinations } from './owned-destinations.ts';
import type { SendOutcome, TransactionSender } from './transaction-sender.ts';
import type { CollectContent } from './collect-content.ts';

/** What happens to transactions, for metrics and the log. */
export interface SendingObserver {
  sent(transaction: OutgoingTransaction, refused: number): void;
  notSent(transaction: OutgoingTransaction, outcome: Exclude<SendOutcome, { outcome: 'taken' }>): void;
  /** The destination is left alone for so long, after it failed in this way. */
  backedOff(key: QueueKey, intervalMs: number, because: string): void;
  /** One thing that the destination refuses as a whole is given up. */
  givenUp(transaction: OutgoingTransaction, because: string): void;
  failed(doing: string, error: unknown): void;
}

export interface RunQueuePorts {
  readonly collect: Pick<CollectContent, 'execute'>;
  readonly bodies: EventBodies;
  readonly writer: Pick<OutboundWriter, 'store'>;
  readonly sender: TransactionSender;
  /** Of transactions that are under way, by the hosted server that sends. */
  readonly slots: Pick<FairSlots, 'enter'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly failpoints: Failpoints;
  readonly observer: SendingObserver;
}

export interface SendingSettings {
  readonly backOff: BackOffSettings;
  /** How often a transaction is tried again before the destination is left alone, if its failures came quickly. */
  readonly quickRetries: number;
  readonly firstQuickRetryMs: number;
}

/** Until when somebody else would look after a queue that is being worked on. */
const LOOK_AGAIN_MS = 10 * 60_000;
const RETRY_STORAGE_MS = 500;

/**
 * Works on the queue of one destination: one transaction at a time.
 *
 *     live ──begin──► under way ──taken──► live … idle
 *                      │  ▲ │
 *         quick retry  └──┘ └──failed──► behind, left alone ──time, or a sign of life──► behind
 *                                                                                          │
 *     live ◄──nothing postponed any more── under way (newest event of each room) ◄──begin──┘
 *
 * A transaction is stored before its first attempt: after a crash the same bytes go out again under the same id. One that failed is taken
 * apart, and its id never used again.
 */
export class RunQueue {
  readonly #ports: RunQueuePorts;
  readonly #settings: SendingSettings;

  constructor(ports: RunQueuePorts, settings: SendingSettings) {
    this.#ports = ports;
    this.#settings = settings;
  }

  /** Begins to work, unless that is done already. */
  start(owned: OwnedDestinations, queue: DestinationQueue): void {
    if (queue.isRunning) return;
    queue.isRunning = true;
    queue.ended = this.#runUntilDone(owned, queue);
  }

  /** @NOTE Between the last step and the end nothing is awaited: what comes meanwhile is seen here, what comes later starts anew. */
  async #runUntilDone(owned: OwnedDestinations, queue: DestinationQueue): Promise<void> {
    const { clock, observer } = this.#ports;
    for (let goesOn = true; goesOn || hasMore(queue);) {
      if (owned.isDraining || owned.isGone || queue.isLeftAlone(clock.now())) break;
      try {
        goesOn = await this.#step(owned, queue);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        observer.failed('work on a queue', error);
        await clock.delay(RETRY_STORAGE_MS);
      }
    }
    queue.isRunning = false;
    queue.usedAt = clock.now();
  }

  /** Whether there may be more to do. */
  async #step(owned: OwnedDestinations, queue: DestinationQueue): Promise<boolean> {
    queue.open ??= await this.#begin(owned, queue);
    const { open } = queue;
    if (open === undefined) return queue.isBehind ? this.#untilPostponed(queue) : hasMore(queue);
    const outcome = await this.#send(owned, queue, open);
    if (outcome === 'given-up' || owned.isGone) return false;
    // What was purged since cannot be sent again: another content needs another id.
    if (outcome === 'purged') return this.#takeApart(owned, queue, open, {});
    if (outcome.outcome === 'taken') return this.#finish(owned, queue, open, outcome.refused);
    this.#ports.observer.notSent(open, outcome);
    if (outcome.outcome === 'refused') return this.#refused(owned, queue, open, outcome.because);
    return this.#failed(owned, queue, { open, because: outcome.because });
  }

  /** Sends when it is its turn: nothing is loaded before. What is given up with its shard, the next owner sends. */
  async #send(
    owned: OwnedDestinations,
    queue: DestinationQueue,
    open: OutgoingTransaction,
  ): Promise<SendOutcome | 'purged' | 'given-up'> {
    const { slots, bodies, failpoints, sender, clock } = this.#ports;
    const slot = await slots.enter(open.origin);
    try {
      if (owned.isDraining || owned.isGone) return 'given-up';
      const loaded = await bodies.load(open.events);
      const events = loaded.filter((body) => body !== undefined);
      if (events.length < open.events.length) return 'purged';
      await failpoints.reach('sender.before-send');
      queue.askedAt = clock.now();
      const outcome = await sender.send(open, buildBody(open, events));
      await failpoints.reach('sender.after-send');
      return outcome;
    } finally {
      queue.askedAt = undefined;
      slot?.leave();
    }
  }

  /** Stores the next transaction. Nothing where there is nothing to send, or the shard is another's now. */
  async #begin(owned: OwnedDestinations, queue: DestinationQueue): Promise<OutgoingTransaction | undefined> {
    const { clock, random, collect, failpoints } = this.#ports;
    await failpoints.reach('sender.before-begin');
    const { postponed } = queue;
    const content = await collect.execute(queue);
    const taken = queue.isBehind ? [] : queue.events.splice(0, content.events.length);
    if (content.events.length === 0 && content.edus.length === 0) {
      if (!queue.isPostponing && queue.postponed === postponed) await this.#nothingIsLeft(owned, queue);
      return undefined;
    }
    const { origin, destination } = queue.record;
    const begun: OutgoingTransaction = {
      origin,
      destination,
      transactionId: encodeUrlSafeBase64(random.bytes(18)),
      originServerTs: clock.now(),
      isCatchUp: queue.isBehind,
      events: content.events.map(({ roomShard, roomNid, roomId, eventNid, position }) => {
        return { roomShard, roomNid, roomId, eventNid, position };
      }),
      edus: `[${content.edus.join(',')}]`,
      eduNids: content.eduNids,
    };
    const last = taken.at(-1);
    queue.record = {
      ...queue.record,
      dueInMs: LOOK_AGAIN_MS,
      ...(last !== undefined && takenBehind(last, owned)),
    };
    const outcome = await this.#store(owned, queue, { begun });
    for (const record of taken) record.waiting -= 1;
    queue.failures = 0;
    return outcome === 'stored' ? begun : undefined;
  }

  async #nothingIsLeft(owned: OwnedDestinations, queue: DestinationQueue): Promise<void> {
    queue.isCareful = false;
    queue.waitedForMs = 0;
    if (!queue.isBehind && queue.record.dueInMs === undefined) return;
    queue.record = { ...queue.record, isBehind: false, dueInMs: undefined };
    await this.#store(owned, queue, {});
  }

  async #finish(
    owned: OwnedDestinations,
    queue: DestinationQueue,
    done: OutgoingTransaction,
    refused: number,
  ): Promise<boolean> {
    this.#ports.observer.sent(done, refused);
    const lastSent = done.events.reduce((most, { position }) => Math.max(most, position), 0);
    const before = queue.record.lastSentPosition;
    queue.record = {
      ...queue.record,
      dueInMs: queue.isBehind ? 0 : undefined,
      retryIntervalMs: 0,
      retryLastAt: 0,
      failingSince: undefined,
      lastSentPosition: lastSent > 0 ? Math.max(before ?? 0, lastSent) : before,
    };
    queue.open = undefined;
    queue.failures = 0;
    queue.retryAt = undefined;
    await this.#storeSent(owned, queue, done);
    await this.#ports.failpoints.reach('sender.after-finish');
    return true;
  }

  #storeSent(owned: OwnedDestinations, queue: DestinationQueue, done: OutgoingTransaction): Promise<WriteOutcome> {
    return this.#store(owned, queue, {
      hasEnded: true,
      sentEduNids: done.eduNids,
      ...(done.isCatchUp && { caughtUp: done.events }),
    });
  }

  async #failed(
    owned: OwnedDestinations,
    queue: DestinationQueue,
    { open, because }: { readonly open: OutgoingTransaction; readonly because: string },
  ): Promise<boolean> {
    const { clock, random, observer } = this.#ports;
    const { backOff, quickRetries, firstQuickRetryMs } = this.#settings;
    queue.failures += 1;
    // Who is known to be away is not tried several times.
    const isFirstOutage = queue.record.retryIntervalMs === 0;
    if (isFirstOutage && queue.failures <= quickRetries) {
      await clock.delay(firstQuickRetryMs * 2 ** (queue.failures - 1) * (0.8 + random.fraction() * 0.4));
      return true;
    }
    const now = clock.now();
    const intervalMs = nextInterval(queue.record.retryIntervalMs, backOff, random);
    observer.backedOff(open, intervalMs, because);
    queue.retryAt = now + intervalMs;
    queue.keepLasting(open.edus);
    await this.#takeApart(owned, queue, open, {
      dueInMs: intervalMs,
      retryIntervalMs: intervalMs,
      retryLastAt: now,
      failingSince: queue.record.failingSince ?? now,
    });
    return false;
  }

  /** One thing that is refused alone is given up; of several, each is tried alone. */
  async #refused(
    owned: OwnedDestinations,
    queue: DestinationQueue,
    open: OutgoingTransaction,
    because: string,
  ): Promise<boolean> {
    const isAlone = open.events.length + (open.edus === '[]' ? 0 : 1) === 1 && open.eduNids.length <= 1;
    if (!queue.isCareful || !isAlone) {
      queue.isCareful = true;
      return this.#takeApart(owned, queue, open, {});
    }
    this.#ports.observer.givenUp(open, because);
    queue.open = undefined;
    queue.record = { ...queue.record, dueInMs: 0 };
    await this.#storeSent(owned, queue, open);
    return true;
  }

  /** The transaction is given up; its events, and those that wait behind them, are postponed. Stored EDUs stay stored. */
  async #takeApart(
    owned: OwnedDestinations,
    queue: DestinationQueue,
    open: OutgoingTransaction,
    change: Partial<DestinationRecord>,
  ): Promise<boolean> {
    const isStored = await this.#ports.bodies.load(open.events);
    queue.open = undefined;
    if (open.eduNids.length > 0) queue.hasStoredEdus = true;
    const remaining = open.events.filter((_, index) => isStored[index] !== undefined);
    const waiting = queue.events;
    queue.events = [];
    const last = waiting.at(-1);
    queue.record = {
      ...queue.record,
      isBehind: true,
      dueInMs: 0,
      ...change,
      ...(last !== undefined && takenBehind(last, owned)),
    };
    const gone = open.isCatchUp ? open.events.filter((_, index) => isStored[index] === undefined) : [];
    const postponed = open.isCatchUp ? waiting : [...remaining, ...waiting];
    await this.#store(owned, queue, { hasEnded: true, postponed: newestOfRooms(postponed), caughtUp: gone });
    for (const record of waiting) record.waiting -= 1;
    return true;
  }

  async #untilPostponed(queue: DestinationQueue): Promise<boolean> {
    await queue.untilPostponed();
    return true;
  }

  #store(
    owned: OwnedDestinations,
    queue: DestinationQueue,
    change: Omit<QueueChange, 'shard' | 'destination'>,
  ): Promise<WriteOutcome> {
    return this.#ports.writer.store(owned, { shard: queue.shard, destination: queue.record, ...change });
  }
}

/** Whether a queue that is not behind has anything left. */
function hasMore(queue: DestinationQueue): boolean {
  return queue.events.length > 0 || queue.lossyCount > 0 || queue.hasStoredEdus;
}

/** Records up to this one are out of the queue. */
function takenBehind(
  { offset }: OpenRecord,
  { records }: OwnedDestinations,
): Pick<DestinationRecord, 'takenOffset' | 'takenIncarnation'> {
  return { takenOffset: offset + 1, takenIncarnation: records.incarnation };
}
