import type { RoomLogRecord } from '@plexus/topics';
import type { OwnedShard } from '../shards/owned-shard.ts';

export interface PublicationPorts {
  /** Appends records to the shard's partition; throws where the topic is not there. */
  send(shard: number, records: readonly RoomLogRecord[]): Promise<void>;
  /** Rows of the log after a position, at most up to another, read from Postgres. */
  read(shard: number, after: number, upTo: number): Promise<RoomLogRecord[]>;
  /** Told of every failure; resolves after a pause. */
  failed(error: unknown, attempt: number): Promise<void>;
  /** Awaited around each sending, for fault tests. */
  reach(failpoint: 'persister.before-publish' | 'persister.after-publish'): Promise<void> | undefined;
}

const MAX_TAIL_BYTES = 8 * 1024 * 1024;
const MAX_RECORDS = 500;
const MAX_BYTES = 1024 * 1024;

/**
 * Publishes one shard's log in order, one sending at a time: from memory what was just committed, from Postgres what is not in memory
 * (after a take-over, or where the topic was away for long).
 */
export class ShardPublication {
  readonly owned: OwnedShard;
  readonly #ports: PublicationPorts;
  #tail: RoomLogRecord[] = [];
  #tailBytes = 0;
  #end: number;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(owned: OwnedShard, ports: PublicationPorts) {
    this.owned = owned;
    this.#ports = ports;
    this.#end = owned.counters.position;
    this.#run();
  }

  /** Rows that are committed and not published. */
  get lag(): number {
    return this.#end - this.owned.published;
  }

  /** Takes rows that were just committed. */
  append(records: readonly RoomLogRecord[]): void {
    for (const record of records) {
      this.#end = Math.max(this.#end, record.position);
      this.#tail.push(record);
      this.#tailBytes += sizeOf(record);
    }
    if (this.#tailBytes > MAX_TAIL_BYTES) this.#dropTail();
    this.#run();
  }

  /** The log goes up to here, as Postgres has it. */
  extendTo(position: number): void {
    this.#end = Math.max(this.#end, position);
    this.#run();
  }

  /** Resolves when all is published, or when it is stopped. */
  async flushed(): Promise<void> {
    await this.#running;
  }

  stop(): void {
    this.#isStopped = true;
  }

  #run(): void {
    if (this.#running !== undefined || this.#isStopped || this.lag <= 0) return;
    this.#running = this.#publishAll().finally(() => {
      this.#running = undefined;
      this.#run();
    });
  }

  async #publishAll(): Promise<void> {
    for (let attempt = 0; this.lag > 0 && !this.#isStopped;) {
      try {
        await this.#publishNext();
        attempt = 0;
      } catch (error) {
        attempt += 1;
        await this.#ports.failed(error, attempt);
      }
    }
  }

  async #publishNext(): Promise<void> {
    const after = this.owned.published;
    const records = this.#takeFromTail(after) ?? (await this.#readGap(after));
    const last = records.at(-1);
    if (last === undefined || this.#isStopped) return;
    await this.#ports.reach('persister.before-publish');
    await this.#ports.send(this.owned.shard, records);
    await this.#ports.reach('persister.after-publish');
    this.owned.published = last.position;
    this.#forget(last.position);
  }

  #takeFromTail(after: number): RoomLogRecord[] | undefined {
    this.#forget(after);
    if (this.#tail[0]?.position !== after + 1) return undefined;
    let bytes = 0;
    const count = this.#tail.findIndex((record, index) => {
      bytes += sizeOf(record);
      return index > 0 && (index >= MAX_RECORDS || bytes > MAX_BYTES);
    });
    return this.#tail.slice(0, count === -1 ? this.#tail.length : count);
  }

  #readGap(after: number): Promise<RoomLogRecord[]> {
    const upTo = (this.#tail[0]?.position ?? this.#end + 1) - 1;
    return this.#ports.read(this.owned.shard, after, upTo);
  }

  #forget(upTo: number): void {
    const kept = this.#tail.findIndex(({ position }) => position > upTo);
    const dropped = this.#tail.splice(0, kept === -1 ? this.#tail.length : kept);
    for (const record of dropped) this.#tailBytes -= sizeOf(record);
  }

  #dropTail(): void {
    this.#tail = [];
    this.#tailBytes = 0;
  }
}

const RECORD_BYTES = 300;

function sizeOf(record: RoomLogRecord): number {
  return RECORD_BYTES + (record.event?.json.length ?? 0) + record.body.length;
}
