import type { DestinationRecord, OutgoingTransaction, QueueKey } from '@plexus/storage';
import type { OpenRecord } from './open-records.ts';
import { WaitingEdus } from './waiting-edus.ts';
import type { WaitingEdu } from './waiting-edus.ts';

/** Of what was never begun. */
const ENDED = Promise.resolve();

/** What waits for one destination of one hosted server, and how that destination is. Idle, it is a row and nothing here. */
export class DestinationQueue {
  readonly shard: number;
  /** As it is stored, or is being stored. */
  record: DestinationRecord;
  /** In the order of the topic; nothing while it is behind. */
  events: OpenRecord[] = [];
  /** Rows of EDUs may wait. */
  hasStoredEdus = false;
  /** The transaction that is under way, also one that a former owner left behind. */
  open: OutgoingTransaction | undefined;
  /** How often the open transaction has failed. */
  failures = 0;
  /** Not before this time, by the clock of the process. */
  retryAt: number | undefined;
  /** The destination refused a transaction as a whole: it gets one thing at a time, to find out which. */
  isCareful = false;
  isRunning = false;
  /** Resolves when the work that was begun last has ended. */
  ended = ENDED;
  /** Its record changed, and nothing else will store it. */
  mustStore = false;
  usedAt = 0;
  /** How long others were held up for it since it had nothing left to get, in milliseconds. */
  waitedForMs = 0;
  /** When the transaction was sent whose answer is awaited. */
  askedAt: number | undefined;
  #lossy: WaitingEdus | undefined;
  /** Changes to what is postponed that are not stored yet, and how many there were. */
  #postponing = 0;
  #postponed = 0;
  #allStored: PromiseWithResolvers<void> | undefined;

  constructor(shard: number, record: DestinationRecord, now: number) {
    this.shard = shard;
    this.record = record;
    this.usedAt = now;
    if (record.retryIntervalMs > 0 && record.dueInMs !== undefined && record.dueInMs > 0) {
      this.retryAt = now + record.dueInMs;
    }
  }

  get key(): QueueKey {
    return this.record;
  }

  get isBehind(): boolean {
    return this.record.isBehind;
  }

  get lossyCount(): number {
    return this.#lossy?.size ?? 0;
  }

  get isIdle(): boolean {
    const isEmpty = this.events.length === 0 && this.lossyCount === 0 && !this.hasStoredEdus;
    return isEmpty && !this.isRunning && this.open === undefined && !this.isPostponing;
  }

  /** Whether a change to what is postponed is not stored yet. */
  get isPostponing(): boolean {
    return this.#postponing > 0;
  }

  /** How many changes to what is postponed there were. */
  get postponed(): number {
    return this.#postponed;
  }

  /** What is postponed changes when the work is done. */
  async postponeWith<T>(work: () => Promise<T>): Promise<T> {
    this.#postponing += 1;
    this.#postponed += 1;
    try {
      return await work();
    } finally {
      this.#postponing -= 1;
      if (!this.isPostponing) {
        this.#allStored?.resolve();
        this.#allStored = undefined;
      }
    }
  }

  /** Resolves when all that is postponed is stored. */
  async untilPostponed(): Promise<void> {
    while (this.isPostponing) {
      this.#allStored ??= Promise.withResolvers();
      await this.#allStored.promise;
    }
  }

  isLeftAlone(now: number): boolean {
    return this.retryAt !== undefined && this.retryAt > now;
  }

  /** Whether a record was taken out of the queue before, by this owner or a former one. */
  hasTaken(offset: number, incarnation: string): boolean {
    return this.record.takenIncarnation === incarnation && offset < this.record.takenOffset;
  }

  addEvent(event: OpenRecord): void {
    this.events.push(event);
    event.waiting += 1;
  }

  /** The last one of each key waits. */
  addLossy(key: string, edu: WaitingEdu): void {
    this.#lossy ??= new WaitingEdus();
    this.#lossy.add(key, edu);
  }

  /** As they are sent. */
  takeLossy(most: number): string[] {
    return this.#lossy?.take(most) ?? [];
  }

  /** The destination did not get the EDUs of a transaction: what is still true when it comes back waits again. */
  keepLasting(edus: string): void {
    this.#lossy ??= new WaitingEdus();
    this.#lossy.keepReceipts(edus);
    if (this.#lossy.size === 0) this.#lossy = undefined;
  }
}

/** The record of a queue that never sent anything. */
export function newDestination({ origin, destination }: QueueKey): DestinationRecord {
  return {
    origin,
    destination,
    takenOffset: 0,
    takenIncarnation: '',
    isBehind: false,
    dueInMs: undefined,
    retryIntervalMs: 0,
    retryLastAt: 0,
    failingSince: undefined,
    lastSentPosition: undefined,
  };
}

export function nameOfQueue({ origin, destination }: QueueKey): string {
  return `${origin} ${destination}`;
}
