import type { DestinationRecord, OutgoingTransaction, QueueKey } from '@plexus/storage';
import type { OpenRecord } from './open-records.ts';

/** So many EDUs that may be lost wait for one destination. */
const MAX_LOSSY = 200;

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
  /** Its record changed, and nothing else will store it. */
  mustStore = false;
  /** Changes to what is postponed that are not stored yet, and how many there were. */
  postponing = 0;
  postponed = 0;
  usedAt = 0;
  /** How long others were held up for it since it had nothing left to get, in milliseconds. */
  waitedForMs = 0;
  /** When the destination took a transaction last, or its queue was opened. */
  tookAt: number;
  #lossy: Map<string, string> | undefined;

  constructor(shard: number, record: DestinationRecord, now: number) {
    this.shard = shard;
    this.record = record;
    this.usedAt = now;
    this.tookAt = now;
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
    return isEmpty && !this.isRunning && this.open === undefined && this.postponing === 0;
  }

  isLeftAlone(now: number): boolean {
    return this.retryAt !== undefined && this.retryAt > now;
  }

  /** Whether a record was taken out of the queue before, by this owner or a former one. */
  hasTaken(offset: number, incarnation: string): boolean {
    return this.record.takenIncarnation === incarnation && offset < this.record.takenOffset;
  }

  /** The last one of each key waits, in the order in which the keys came. */
  addLossy(key: string, edu: string): void {
    this.#lossy ??= new Map();
    this.#lossy.set(key, edu);
    if (this.#lossy.size <= MAX_LOSSY) return;
    for (const oldest of this.#lossy.keys()) {
      this.#lossy.delete(oldest);
      return;
    }
  }

  takeLossy(most: number): string[] {
    const taken = [...(this.#lossy ?? [])].slice(0, most);
    for (const [key] of taken) this.#lossy?.delete(key);
    return taken.map(([, edu]) => edu);
  }

  /** They are of the past when the destination comes back. */
  dropLossy(): void {
    this.#lossy = undefined;
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
