import type { RoomLogRecord } from '@plexus/topics';
import type { RoomReader } from '@plexus/storage';
import type { LoggedRow } from './logged-row.ts';
import { sizeOfRow } from './logged-row.ts';
import { rowFromRecord, withChangesOf } from './row-from-record.ts';
import { rowsFromStorage } from './rows-from-storage.ts';
import type { WantsMember } from './wants-member.ts';

/** What may be switched off to show that a checker finds what it prevents. */
export interface Protections {
  /** Positions that no record brought are read from Postgres. */
  readonly gapFill: boolean;
  /** Positions that were delivered are dropped. */
  readonly dropSeen: boolean;
}

export interface ShardFollowerOptions {
  readonly shard: number;
  /** The last position that counts as delivered. */
  readonly position: number;
  readonly reader: RoomReader;
  readonly wantsMember: WantsMember;
  readonly protections: Protections;
  readonly deliver: (row: LoggedRow) => void;
  readonly failed: (error: unknown) => void;
  readonly aheadBytes: number;
}

const FILL_ROWS = 200;

/**
 * Follows one shard's log.
 *
 *     record position+1 ----------------------------------> deliver, in the same tick
 *     record <= position ---------------------------------> drop
 *     record > position+1, or without all of its row --> set aside, fill
 *                                                              |
 *             fill: read rows after position from Postgres, deliver them, take what was set aside
 *                   until position = known; a failure leaves the rest to the next record or sweep
 *
 * While a fill runs, records are set aside within a bound of bytes; what exceeds it is read from Postgres.
 */
export class ShardFollower {
  readonly #options: ShardFollowerOptions;
  readonly #ahead = new Map<number, LoggedRow>();
  readonly #waiting = new Set<{ readonly position: number; readonly resolve: () => void }>();
  #aheadBytes = 0;
  /** The last record that had not all of its row. */
  #unfinished: RoomLogRecord | undefined;
  #position: number;
  #known: number;
  #isFilling = false;
  #isStopped = false;

  constructor(options: ShardFollowerOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#known = options.position;
  }

  /** The last position delivered. */
  get position(): number {
    return this.#position;
  }

  /** The last position of which this follower has heard. */
  get known(): number {
    return this.#known;
  }

  receive(record: RoomLogRecord): void {
    const { protections, wantsMember } = this.#options;
    if (this.#isStopped || (record.position <= this.#position && protections.dropSeen)) return;
    const row = rowFromRecord(record, wantsMember);
    this.#known = Math.max(this.#known, record.position);
    if (row !== undefined && !this.#isFilling && this.#isNext(row)) return this.#deliver(row);
    if (row !== undefined) this.#setAside(row);
    else this.#unfinished = record;
    this.fillUpTo(record.position);
  }

  /** Reads what is missing up to a position that is committed. Several calls share one fill. */
  fillUpTo(position: number): void {
    this.#known = Math.max(this.#known, position);
    if (this.#isStopped || this.#isFilling || this.#position >= this.#known) return;
    this.#isFilling = true;
    void this.#fillAll();
  }

  /** Resolves when the position is delivered, or when the signal aborts. */
  async reached(position: number, signal: AbortSignal): Promise<void> {
    if (this.#position >= position || signal.aborted) return;
    this.fillUpTo(position);
    await new Promise<void>((resolve) => {
      const waiting = { position, resolve };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', () => this.#waiting.delete(waiting) && resolve(), { once: true });
    });
  }

  /** Nothing is delivered after this. */
  stop(): void {
    this.#isStopped = true;
    this.#ahead.clear();
    this.#unfinished = undefined;
  }

  #isNext({ position }: LoggedRow): boolean {
    const { gapFill, dropSeen } = this.#options.protections;
    if (position === this.#position + 1) return true;
    return position > this.#position ? !gapFill : !dropSeen;
  }

  #deliver(row: LoggedRow): void {
    this.#position = Math.max(this.#position, row.position);
    this.#options.deliver(row);
    if (this.#waiting.size > 0) this.#wake();
  }

  #wake(): void {
    for (const waiting of this.#waiting) {
      if (waiting.position > this.#position) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  #setAside(row: LoggedRow): void {
    const size = sizeOfRow(row);
    if (this.#ahead.has(row.position) || this.#aheadBytes + size > this.#options.aheadBytes) return;
    this.#ahead.set(row.position, row);
    this.#aheadBytes += size;
  }

  async #fillAll(): Promise<void> {
    try {
      while (!this.#isStopped && this.#position < this.#known) {
        if (!this.#takeAhead() && !(await this.#fillSome())) return;
      }
    } catch (error) {
      if (!this.#isStopped) this.#options.failed(error);
    } finally {
      this.#isFilling = false;
      this.#forgetSeen();
    }
  }

  #takeAhead(): boolean {
    const row = this.#ahead.get(this.#position + 1);
    if (row === undefined) return false;
    this.#ahead.delete(row.position);
    this.#aheadBytes -= sizeOfRow(row);
    this.#deliver(row);
    return true;
  }

  /** Whether it brought anything: rows that are not there yet are left to the next record or sweep. */
  async #fillSome(): Promise<boolean> {
    const { shard, reader, wantsMember } = this.#options;
    const upTo = this.#firstAhead() - 1;
    const query = { shard, after: this.#position, upTo, limit: FILL_ROWS, order: 'ascending' } as const;
    const read = withChangesOf(this.#unfinished, await reader.readLog(query));
    const rows = await rowsFromStorage(read, reader, wantsMember);
    const before = this.#position;
    for (const row of rows) {
      if (this.#isStopped || row.position !== this.#position + 1) break;
      this.#deliver(row);
    }
    return this.#position > before;
  }

  #firstAhead(): number {
    let first = this.#known + 1;
    for (const position of this.#ahead.keys()) if (position > this.#position && position < first) first = position;
    return first;
  }

  #forgetSeen(): void {
    if (this.#unfinished !== undefined && this.#unfinished.position <= this.#position) this.#unfinished = undefined;
    for (const [position, row] of this.#ahead) {
      if (position > this.#position) continue;
      this.#ahead.delete(position);
      this.#aheadBytes -= sizeOfRow(row);
    }
  }
}
