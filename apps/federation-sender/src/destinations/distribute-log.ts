import type { OutboundPositions, RoomLogPositionReader, RoomReader } from '@plexus/storage';
import type { LoggedRow } from '@plexus/room-log';
import { lastEventAt, rowFromRecord, rowsFromStorage } from '@plexus/room-log';
import type { Producer, RecordBatch, RecordHandler, RoomLogRecord } from '@plexus/topics';
import type { Failpoints } from '../failpoints.ts';
import { OutboundBatch } from './outbound-publisher.ts';
import type { RowDestinations } from './row-destinations.ts';

export interface DistributeLogPorts {
  readonly reader: RoomReader;
  readonly log: Pick<RoomLogPositionReader, 'readGeneration'>;
  readonly positions: OutboundPositions;
  readonly destinations: RowDestinations;
  readonly producer: Producer;
  readonly failpoints: Failpoints;
  /** So many rows were gone through, and an event of this time was the last of them; nothing: none. */
  distributed(rows: number, lastEventAt: number | undefined): void;
  failed(doing: string, error: unknown): void;
}

/** Where this process stands in a room shard's log. */
interface ShardPlace {
  generation: number;
  position: number;
  storedPosition: number;
}

const FILL_ROWS = 200;

/**
 * Follows the logs of room shards and writes for each event of a hosted server where it goes, once and in order.
 *
 *     record position+1 --> distribute ; record <= position --> drop ; record > position+1 --> read what is missing from Postgres
 *
 * What a row comes to is durable in `federation.outbound` before the position moves on. A crash between the two, or two processes that
 * believe to have the shard, repeat positions and leave none out: the queues drop what they have seen.
 */
export class DistributeLog implements RecordHandler<RoomLogRecord> {
  readonly #ports: DistributeLogPorts;
  readonly #places = new Map<number, ShardPlace>();
  readonly #working = new Map<number, Promise<void>>();
  #lag = 0;

  constructor(ports: DistributeLogPorts) {
    this.#ports = ports;
  }

  /** How many rows of the shards that this process follows were not distributed when it looked last. */
  get lastLag(): number {
    return this.#lag;
  }

  /** The shards are this process's: it goes on where the last one stored that it was, and knows nothing of what came to be in between. */
  async take(shards: readonly number[]): Promise<void> {
    const { positions, log, reader, destinations } = this.#ports;
    destinations.forget();
    const generation = await log.readGeneration();
    const stored = await positions.readOutboundPositions();
    const ends = await reader.readPositions();
    for (const shard of shards) {
      const place = stored.get(shard) ?? { generation, position: 0 };
      // What was lost in a restore comes again under the same positions.
      const position = place.generation === generation ? place.position : Math.min(place.position, ends[shard] ?? 0);
      this.#places.set(shard, { generation, position, storedPosition: position });
    }
  }

  async drop(shards: readonly number[]): Promise<void> {
    for (const shard of shards) {
      await this.#inTurn(shard, () => this.#storePosition(shard));
      this.#places.delete(shard);
    }
  }

  /** Finds rows whose records did not come, and stores how far it is. */
  async sweep(): Promise<void> {
    const { reader, log } = this.#ports;
    const generation = await log.readGeneration();
    const ends = await reader.readPositions();
    const isRestored = [...this.#places.values()].some((place) => place.generation !== generation);
    if (isRestored) await this.take([...this.#places.keys()]);
    this.#lag = [...this.#places].reduce((sum, [shard, { position }]) => {
      return sum + Math.max(0, (ends[shard] ?? 0) - position);
    }, 0);
    for (const shard of Array.from(this.#places.keys())) {
      await this.#inTurn(shard, async () => {
        await this.#fillUpTo(shard, ends[shard] ?? 0);
        await this.#storePosition(shard);
      });
    }
  }

  handle({ partition, records }: RecordBatch<RoomLogRecord>): Promise<void> {
    return this.#inTurn(partition, () => this.#handle(partition, records));
  }

  /** The row is in Postgres: the next record, or the sweep, finds it. */
  setAside({ error }: { readonly error: unknown }): void {
    this.failed(error);
  }

  reset(): void {}

  failed(error: unknown): void {
    this.#ports.failed('distribute the room log', error);
  }

  async #handle(shard: number, records: RecordBatch<RoomLogRecord>['records']): Promise<void> {
    const place = this.#places.get(shard);
    if (place === undefined) return;
    let rows: LoggedRow[] = [];
    let next = place.position + 1;
    for (const { value: record } of records) {
      if (record.generation !== place.generation || record.position < next) continue;
      const row = record.position === next ? rowFromRecord(record, WANTS_NOBODY) : undefined;
      if (row !== undefined) rows.push(row);
      else {
        await this.#distribute(shard, rows);
        rows = [];
        await this.#fillUpTo(shard, record.position);
      }
      next = record.position + 1;
    }
    await this.#distribute(shard, rows);
  }

  /** @NOTE Positions are dense and committed in order: up to one that was told of, there is no gap. */
  async #fillUpTo(shard: number, upTo: number): Promise<void> {
    const { reader } = this.#ports;
    for (;;) {
      const after = this.#places.get(shard)?.position;
      if (after === undefined || after >= upTo) return;
      const query = { shard, after, upTo, limit: FILL_ROWS, order: 'ascending' } as const;
      const rows = await rowsFromStorage(await reader.readLog(query), reader, WANTS_NOBODY);
      if (rows.length === 0) return;
      await this.#distribute(shard, rows);
    }
  }

  async #distribute(shard: number, rows: readonly LoggedRow[]): Promise<void> {
    const { destinations, producer, failpoints } = this.#ports;
    const place = this.#places.get(shard);
    const last = rows.at(-1);
    if (place === undefined || last === undefined) return;
    await destinations.load(shard, rows);
    const batch = new OutboundBatch();
    for (const row of rows) await destinations.add(row, place.generation, batch);
    // Most rows are of rooms that no other server is in.
    if (!batch.isEmpty) {
      await failpoints.reach('sender.before-distribution');
      await batch.send(producer);
      await failpoints.reach('sender.after-distribution');
    }
    place.position = Math.max(place.position, last.position);
    this.#ports.distributed(rows.length, lastEventAt(rows));
  }

  async #storePosition(shard: number): Promise<void> {
    const place = this.#places.get(shard);
    if (place === undefined || place.position === place.storedPosition) return;
    const { generation, position } = place;
    await this.#ports.positions.storeOutboundPosition(shard, { generation, position });
    place.storedPosition = position;
  }

  /** One thing at a time in a shard; what fails does not hold up what comes. */
  #inTurn(shard: number, work: () => Promise<void>): Promise<void> {
    const result = (this.#working.get(shard) ?? Promise.resolve()).then(work);
    this.#working.set(
      shard,
      result.catch(() => undefined),
    );
    return result;
  }
}

const WANTS_NOBODY = (): boolean => false;
