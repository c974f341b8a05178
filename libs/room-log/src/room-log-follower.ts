import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { RoomReader } from '@plexus/storage';
import type { RoomLogRecord } from '@plexus/topics';
import type { LoggedRow } from './logged-row.ts';
import type { Protections } from './shard-follower.ts';
import { ShardFollower } from './shard-follower.ts';
import type { WantsMember } from './wants-member.ts';

/** From where a follower delivers: all positions after these, of this generation. */
export interface RoomLogStart {
  readonly generation: number;
  /** Index is the shard. */
  readonly positions: readonly number[];
}

/** Who is told of the log. Both calls must return at once: nothing here waits where others queue. */
export interface RoomLogHandler {
  /** The log begins anew: forget everything that was built from it. Called at start and whenever the generation changes. */
  begin(start: RoomLogStart): void;
  /** The next row of its shard. */
  deliver(row: LoggedRow): void;
  /** Reading failed; the follower tries again by itself. */
  failed(error: unknown): void;
}

export interface RoomLogFollowerOptions {
  readonly reader: RoomReader;
  readonly clock: Clock;
  readonly handler: RoomLogHandler;
  /** The deployment's generation, as stored now. */
  readonly readGeneration: () => Promise<number>;
  /** Where to begin, at start and after a change of generation; the end of the log where it is absent. */
  readonly startAt?: () => Promise<readonly number[]>;
  /** Told that Postgres lacks rows that it had; the generation is another one when this resolves. */
  readonly commitsLost?: () => Promise<void>;
  readonly wantsMember?: WantsMember;
  readonly protections?: Partial<Protections>;
  readonly sweepIntervalMs?: number;
  /** How much may be set aside per shard while a gap is filled. */
  readonly aheadBytes?: number;
}

/** So long a row that a sweep finds waits for its record, which is on its way where nothing is lost and knows the row's trace. */
const RECORD_GRACE_MS = 250;
/** So many sweeps are left out, at most, while records arrive. */
const BUSY_SWEEPS = 5;

/**
 * Delivers the room log of all shards to a handler: each shard's rows without gaps, exactly once, in order; rows of several shards in
 * any order. Records of `room.events` are only a hint that comes early: what they leave out, repeat or lose is taken from Postgres.
 */
export class RoomLogFollower {
  readonly #options: RoomLogFollowerOptions;
  readonly #protections: Protections;
  #generation = 0;
  #shards: ShardFollower[] = [];
  #positions: readonly number[] | undefined;
  #hasReceived = false;
  #busySweeps = 0;
  #isRebuilding = false;

  constructor(options: RoomLogFollowerOptions) {
    this.#options = options;
    this.#protections = { gapFill: true, dropSeen: true, ...options.protections };
  }

  /** Reads where the log stands, begins, and catches up. Records that came before are not lost: the log has them. */
  async start(): Promise<void> {
    await this.#begin();
  }

  /** Sweeps until the signal aborts, then stops: call it once, after `start`. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, sweepIntervalMs = 1000 } = this.#options;
    const letRecordsCome = async (): Promise<void> => clock.delay(RECORD_GRACE_MS, signal);
    while (!signal.aborted) {
      await pauseBetweenLooks(sweepIntervalMs, clock, signal);
      if (signal.aborted) break;
      if (this.#isSweepDue()) await this.#sweep(letRecordsCome);
    }
    for (const shard of this.#shards) shard.stop();
  }

  get generation(): number {
    return this.#generation;
  }

  /** The last position delivered of each shard; index is the shard. Never changed: another array after the next row, the same one until then. */
  positions(): readonly number[] {
    return (this.#positions ??= this.#shards.map(({ position }) => position));
  }

  /** How many rows the shard that is furthest behind has yet to deliver, as far as is known. */
  greatestLag(): number {
    return this.#shards.reduce((most, { known, position }) => Math.max(most, known - position), 0);
  }

  /** Takes a record of `room.events`, in whatever order. */
  receive(record: RoomLogRecord): void {
    this.#hasReceived = true;
    if (this.#shards.length === 0 || record.generation < this.#generation) return;
    if (record.generation > this.#generation) return void this.sweep();
    this.#shards[record.shard]?.receive(record);
  }

  /** The reader of the topic began anew and may have left records out. */
  readerWasReset(): void {
    void this.sweep();
  }

  /** Finds rows whose records were lost, and a change of generation. */
  async sweep(): Promise<void> {
    await this.#sweep();
  }

  async #sweep(letRecordsCome?: () => Promise<void>): Promise<void> {
    try {
      const { reader, readGeneration, commitsLost } = this.#options;
      const delivered = this.positions();
      const [generation, positions] = await Promise.all([readGeneration(), reader.readPositions()]);
      const isLacking = delivered.some((position, shard) => (positions[shard] ?? 0) < position);
      if (generation === this.#generation && isLacking) await commitsLost?.();
      if (generation !== this.#generation || isLacking) return await this.#rebuildOnce();
      if (!this.#protections.gapFill) return undefined;
      const shards = this.#shards;
      if (letRecordsCome !== undefined && isBehind(shards, positions)) await letRecordsCome();
      for (const [shard, position] of positions.entries()) shards[shard]?.fillUpTo(position);
    } catch (error) {
      this.#options.handler.failed(error);
    }
  }

  /** Resolves when all these positions are delivered, or the signal aborts: what is missing is read from Postgres at once. */
  async reached(positions: readonly number[], signal: AbortSignal): Promise<void> {
    const behind = this.#shards.filter((shard, index) => shard.position < (positions[index] ?? 0));
    if (behind.length === 0) return;
    await Promise.all(this.#shards.map((shard, index) => shard.reached(positions[index] ?? 0, signal)));
  }

  #isSweepDue(): boolean {
    const isQuiet = !this.#hasReceived || this.#busySweeps >= BUSY_SWEEPS;
    this.#busySweeps = isQuiet ? 0 : this.#busySweeps + 1;
    this.#hasReceived = false;
    return isQuiet;
  }

  async #rebuildOnce(): Promise<void> {
    if (this.#isRebuilding) return;
    this.#isRebuilding = true;
    try {
      await this.#begin();
    } finally {
      this.#isRebuilding = false;
    }
  }

  /** @NOTE The generation is read before the positions: a restore between the two is found by the next sweep. */
  async #begin(): Promise<void> {
    const { reader, handler, readGeneration, startAt } = this.#options;
    const generation = await readGeneration();
    const newest = await reader.readPositions();
    const positions = startAt === undefined ? newest : await startAt();
    for (const shard of this.#shards) shard.stop();
    this.#generation = generation;
    this.#shards = positions.map((position, shard) =>
      this.#followShard(shard, Math.min(position, newest[shard] ?? position)),
    );
    this.#positions = undefined;
    handler.begin({ generation, positions: this.positions() });
    for (const [shard, position] of newest.entries()) this.#shards[shard]?.fillUpTo(position);
  }

  #followShard(shard: number, position: number): ShardFollower {
    const { reader, handler, wantsMember, aheadBytes } = this.#options;
    return new ShardFollower({
      shard,
      position,
      reader,
      wantsMember: wantsMember ?? (() => true),
      protections: this.#protections,
      deliver: (row) => {
        this.#positions = undefined;
        handler.deliver(row);
      },
      failed: (error) => handler.failed(error),
      aheadBytes: aheadBytes ?? 1024 * 1024,
    });
  }
}

function isBehind(shards: readonly ShardFollower[], positions: readonly number[]): boolean {
  return positions.some((position, shard) => (shards[shard]?.position ?? position) < position);
}
