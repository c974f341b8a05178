import { Turns } from '@plexus/matrix-base';
import type { RoomLogPositionReader, RoomReader } from '@plexus/storage';
import type { RecordBatch, RecordHandler, RoomLogRecord } from '@plexus/topics';
import { lastEventAt } from '../last-event-at.ts';
import type { LoggedRow } from '../logged-row.ts';
import { rowFromRecord, withChangesOf } from '../row-from-record.ts';
import { rowsFromStorage } from '../rows-from-storage.ts';
import type { DistributionOutcome, LogDistribution } from './log-distribution.ts';
import { ShardPlace } from './shard-place.ts';
import type { LogPlace } from './shard-place.ts';

export interface DistributeLogPorts {
  readonly reader: RoomReader;
  readonly log: Pick<RoomLogPositionReader, 'readGeneration'>;
  readonly distribution: LogDistribution;
  /** A place that has moved is stored so many sweeps later. */
  readonly storeAfterSweeps: number;
  /** So many rows were gone through, and an event of this time was the last of them; nothing: none. */
  distributed(rows: number, lastEventAt: number | undefined): void;
  failed(doing: string, error: unknown): void;
}

const FILL_ROWS = 200;

/**
 * Goes through the logs of the room shards that are this process's, in order, from the places that are stored.
 *
 *     record position+1 --> distribute ; record <= position --> drop ; record > position+1 --> read what is missing from Postgres
 *
 * What rows come to is durable before their place is. A crash between the two, or two processes that believe to have the shard, may repeat rows and leave
 * none out; where a distribution stores both at once, from the stored place only, each row counts once.
 */
export class DistributeLog implements RecordHandler<RoomLogRecord> {
  readonly #ports: DistributeLogPorts;
  readonly #places = new Map<number, ShardPlace>();
  readonly #turns = new Turns<number>();
  #sweeps = 0;
  #lag = 0;

  constructor(ports: DistributeLogPorts) {
    this.#ports = ports;
  }

  /** How many rows of the shards that this process goes through were left when it looked last. */
  get lastLag(): number {
    return this.#lag;
  }

  /** Opens the places of all shards, before anybody takes them. */
  async openAll(): Promise<void> {
    await this.#openPlaces(undefined);
  }

  /** The shards are this process's: it goes on where the last one stored that it was. */
  async take(shards: readonly number[]): Promise<void> {
    const { places, end } = await this.#openPlaces(shards);
    for (const shard of shards) {
      const last = end(shard);
      const stored = places.get(shard) ?? last;
      // What was lost in a restore comes again under the same positions.
      const isOfPast = stored.generation !== last.generation;
      const position = isOfPast ? Math.min(stored.position, last.position) : stored.position;
      this.#places.set(shard, new ShardPlace(shard, { generation: last.generation, position }, stored));
    }
  }

  /** Where a place cannot be stored, whoever has the shard next goes on from an earlier one. */
  async drop(shards: readonly number[]): Promise<void> {
    for (const shard of shards) {
      await this.#turns.take(shard, () => this.#storePlace(shard)).catch((error: unknown) => this.failed(error));
      this.#places.delete(shard);
    }
  }

  /** Finds rows whose records did not come, and stores how far it is. */
  async sweep(): Promise<void> {
    const { reader, log, storeAfterSweeps } = this.#ports;
    const generation = await log.readGeneration();
    const ends = await reader.readPositions();
    await this.#enterGeneration(generation);
    const places = [...this.#places.values()];
    this.#lag = places.reduce((sum, { shard, position }) => sum + Math.max(0, (ends[shard] ?? 0) - position), 0);
    this.#sweeps += 1;
    const isStoring = this.#sweeps % storeAfterSweeps === 0;
    const sweepOne = async (shard: number): Promise<void> => {
      await this.#fillUpTo(shard, ends[shard] ?? 0);
      if (isStoring) await this.#storePlace(shard);
    };
    await Promise.all(places.map(({ shard }) => this.#turns.take(shard, () => sweepOne(shard))));
  }

  handle({ partition, records }: RecordBatch<RoomLogRecord>): Promise<void> {
    return this.#turns.take(partition, () => this.#handle(partition, records));
  }

  /** The row is in Postgres: the next record, or the sweep, finds it. */
  setAside({ error }: { readonly error: unknown }): void {
    this.failed(error);
  }

  reset(): void {}

  failed(error: unknown): void {
    this.#ports.failed('distribute the room log', error);
  }

  async #openPlaces(
    shards: readonly number[] | undefined,
  ): Promise<{ readonly places: ReadonlyMap<number, LogPlace>; readonly end: (shard: number) => LogPlace }> {
    const { log, reader, distribution } = this.#ports;
    const generation = await log.readGeneration();
    const ends = await reader.readPositions();
    const end = (shard: number): LogPlace => ({ generation, position: ends[shard] ?? 0 });
    return { places: await distribution.openPlaces(shards ?? [...ends.keys()], end), end };
  }

  async #enterGeneration(generation: number): Promise<void> {
    if ([...this.#places.values()].every((place) => place.generation === generation)) return;
    this.#ports.distribution.leaveGeneration();
    await this.take([...this.#places.keys()]);
  }

  async #handle(shard: number, records: RecordBatch<RoomLogRecord>['records']): Promise<void> {
    const { distribution } = this.#ports;
    const place = this.#places.get(shard);
    if (place === undefined) return;
    if (!distribution.isNeeded()) return passOver(place, records);
    let rows: LoggedRow[] = [];
    let next = place.position + 1;
    for (const { value: record } of records) {
      if (record.generation !== place.generation || record.position < next) continue;
      const row = record.position === next ? rowFromRecord(record, distribution.wantsMember) : undefined;
      if (row !== undefined) rows.push(row);
      else {
        await this.#distribute(place, rows);
        rows = [];
        await this.#fillUpTo(shard, record.position, record);
        // What lies between is found by the sweep.
        if (this.#places.get(shard) !== place || place.position < record.position) return;
      }
      next = record.position + 1;
    }
    await this.#distribute(place, rows);
  }

  /** @NOTE Positions are dense and committed in order: up to one that was told of, there is no gap but where the log was trimmed. */
  async #fillUpTo(shard: number, upTo: number, record?: RoomLogRecord): Promise<void> {
    const { reader, distribution } = this.#ports;
    for (;;) {
      const place = this.#places.get(shard);
      if (place === undefined || place.position >= upTo) return;
      if (!distribution.isNeeded()) {
        place.position = upTo;
        return;
      }
      const query = { shard, after: place.position, upTo, limit: FILL_ROWS, order: 'ascending' } as const;
      const read = withChangesOf(record, await reader.readLog(query));
      const rows = await rowsFromStorage(read, reader, distribution.wantsMember);
      if (rows.length === 0 || !(await this.#distribute(place, rows))) return;
    }
  }

  /** Distributes the rows after a place, unless the shard was taken anew meanwhile. Whether there is any use in going on. */
  async #distribute(place: ShardPlace, rows: readonly LoggedRow[]): Promise<boolean> {
    const last = rows.at(-1);
    if (last === undefined || this.#places.get(place.shard) !== place) return true;
    const outcome = await this.#ports.distribution.distribute(place, rows);
    if (outcome === 'stored') {
      place.position = last.position;
      this.#ports.distributed(rows.length, lastEventAt(rows));
    } else await this.#goOnFromStored(place, outcome);
    return outcome !== 'stopped';
  }

  async #storePlace(shard: number): Promise<void> {
    const place = this.#places.get(shard);
    if (place === undefined || place.isStored) return;
    const outcome = await this.#ports.distribution.storePlace(place);
    if (outcome === 'stored') place.storedAt(place.position);
    else await this.#goOnFromStored(place, outcome);
  }

  /** Another process was faster: this one goes on from there. */
  async #goOnFromStored(place: ShardPlace, outcome: Exclude<DistributionOutcome, 'stored'>): Promise<void> {
    if (outcome === 'moved' && this.#places.get(place.shard) === place) await this.take([place.shard]);
  }
}

/** Rows that come to nothing. */
function passOver(place: ShardPlace, records: RecordBatch<RoomLogRecord>['records']): void {
  for (const { value } of records)
    if (value.generation === place.generation) place.position = Math.max(place.position, value.position);
}
