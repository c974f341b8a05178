import { lastEventAt, rowFromRecord, rowsFromStorage } from '@plexus/room-log';
import type { LoggedRow } from '@plexus/room-log';
import { roomLogSource } from '@plexus/storage';
import type { AppserviceAppender, AppservicePlace, RoomLogPositionReader, RoomReader } from '@plexus/storage';
import type { RecordBatch, RecordHandler, RoomLogRecord } from '@plexus/topics';
import type { Failpoints } from '../failpoints.ts';
import type { AppendWriter } from '../queues/append-writer.ts';
import type { InterestedAppservices } from './interested-appservices.ts';
import type { InterestedRooms } from './interested-rooms.ts';
import { LogPortion } from './log-portion.ts';

export interface DistributeLogPorts {
  readonly reader: RoomReader;
  readonly log: Pick<RoomLogPositionReader, 'readGeneration'>;
  readonly appender: Pick<AppserviceAppender, 'openPlaces'>;
  readonly writer: Pick<AppendWriter, 'append'>;
  readonly appservices: InterestedAppservices;
  readonly rooms: InterestedRooms;
  readonly failpoints: Failpoints;
  /** So many rows were looked at, and an event of this time was the last of them; nothing: none. */
  distributed(rows: number, lastEventAt: number | undefined): void;
  failed(doing: string, error: unknown): void;
}

/** Where this process stands in a room shard's log. */
interface ShardPlace extends AppservicePlace {
  position: number;
  /** What is stored; whoever stores another place finds it there. */
  stored: AppservicePlace;
}

const FILL_ROWS = 200;
/** A place in which nobody was interested is stored so many sweeps later. */
const STORE_SWEEPS = 5;

/**
 * Follows the logs of room shards and puts what interests application services into their queues, once and in order.
 *
 *     record position+1 --> look whom it interests ; record <= position --> drop ; record > position+1 --> read what is missing from Postgres
 *
 * Items and the place behind them are stored in one unit of work, and only from the place that was stored before: after a crash, or where
 * two processes believe to have the shard, each row comes into the queues once. Rows that interest nobody move the place in memory only.
 */
export class DistributeLog implements RecordHandler<RoomLogRecord> {
  readonly #ports: DistributeLogPorts;
  readonly #places = new Map<number, ShardPlace>();
  readonly #working = new Map<number, Promise<void>>();
  #sweeps = 0;
  #lag = 0;

  constructor(ports: DistributeLogPorts) {
    this.#ports = ports;
  }

  /** How many rows of the shards that this process follows were not distributed when it looked last. */
  get lastLag(): number {
    return this.#lag;
  }

  /** Where a deployment has never had this service, it begins at the present ends of the logs. */
  async openAll(): Promise<void> {
    const { log, reader, appender } = this.#ports;
    const generation = await log.readGeneration();
    const ends = await reader.readPositions();
    await appender.openPlaces(new Map(ends.map((position, shard) => [roomLogSource(shard), { generation, position }])));
  }

  /** The shards are this process's: it goes on where the last one stored that it was. */
  async take(shards: readonly number[]): Promise<void> {
    const { log, reader, appender } = this.#ports;
    const generation = await log.readGeneration();
    const ends = await reader.readPositions();
    const first = new Map(
      shards.map((shard) => [roomLogSource(shard), { generation, position: ends[shard] ?? 0 }] as const),
    );
    const stored = await appender.openPlaces(first);
    for (const shard of shards) {
      const place = stored.get(roomLogSource(shard)) ?? { generation, position: ends[shard] ?? 0 };
      // What was lost in a restore comes again under the same positions.
      const position = place.generation === generation ? place.position : Math.min(place.position, ends[shard] ?? 0);
      this.#places.set(shard, { generation, position, stored: place });
    }
  }

  async drop(shards: readonly number[]): Promise<void> {
    for (const shard of shards) {
      await this.#inTurn(shard, () => this.#storePlace(shard));
      this.#places.delete(shard);
    }
  }

  /** Finds rows whose records did not come, and stores how far it is. */
  async sweep(): Promise<void> {
    const { reader, log, rooms } = this.#ports;
    const generation = await log.readGeneration();
    const ends = await reader.readPositions();
    if ([...this.#places.values()].some((place) => place.generation !== generation)) {
      rooms.clear();
      await this.take([...this.#places.keys()]);
    }
    this.#lag = [...this.#places].reduce((sum, [shard, { position }]) => {
      return sum + Math.max(0, (ends[shard] ?? 0) - position);
    }, 0);
    this.#sweeps += 1;
    const isStoring = this.#sweeps % STORE_SWEEPS === 0;
    await Promise.all(
      [...this.#places.keys()].map((shard) =>
        this.#inTurn(shard, async () => {
          await this.#fillUpTo(shard, ends[shard] ?? 0);
          if (isStoring) await this.#storePlace(shard);
        }),
      ),
    );
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
    if (this.#ports.appservices.all().length === 0) return this.#pass(place, records);
    let rows: LoggedRow[] = [];
    let next = place.position + 1;
    for (const { value: record } of records) {
      if (record.generation !== place.generation || record.position < next) continue;
      const row = record.position === next ? rowFromRecord(record, this.#isOurs) : undefined;
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

  /** Nobody is interested in anything. */
  #pass(place: ShardPlace, records: RecordBatch<RoomLogRecord>['records']): void {
    for (const { value } of records)
      if (value.generation === place.generation) place.position = Math.max(place.position, value.position);
  }

  /** @NOTE Positions are dense and committed in order: up to one that was told of, there is no gap. */
  async #fillUpTo(shard: number, upTo: number): Promise<void> {
    const { reader, appservices } = this.#ports;
    for (;;) {
      const place = this.#places.get(shard);
      const after = place?.position;
      if (place === undefined || after === undefined || after >= upTo) return;
      if (appservices.all().length === 0) {
        place.position = upTo;
        return;
      }
      const query = { shard, after, upTo, limit: FILL_ROWS, order: 'ascending' } as const;
      const rows = await rowsFromStorage(await reader.readLog(query), reader, this.#isOurs);
      if (rows.length === 0) return;
      await this.#distribute(shard, rows);
    }
  }

  /** Rows up to one after which the members of its room have to be read anew are stored together. */
  async #distribute(shard: number, given: readonly LoggedRow[]): Promise<void> {
    const { rooms, distributed } = this.#ports;
    const place = this.#places.get(shard);
    const rows = place === undefined ? [] : given.filter(({ position }) => position > place.position);
    const last = rows.at(-1);
    // Another process may have moved the place meanwhile: what lies between is found by the sweep.
    if (place === undefined || last === undefined || rows[0]?.position !== place.position + 1) return;
    await rooms.load(shard, rows);
    if (!(await this.#distributeRows(shard, place, rows))) return;
    place.position = last.position;
    distributed(rows.length, lastEventAt(rows));
  }

  async #distributeRows(shard: number, place: ShardPlace, rows: readonly LoggedRow[]): Promise<boolean> {
    const { rooms } = this.#ports;
    let portion = new LogPortion(this.#ports);
    const flush = async (position: number): Promise<boolean> => {
      const full = portion;
      portion = new LogPortion(this.#ports);
      return full.isEmpty || (await this.#storePortion(shard, place, full, position));
    };
    for (const row of rows) {
      if (rooms.interestedIn(row) === undefined) {
        if (!(await flush(row.position - 1))) return false;
        await rooms.load(shard, [row]);
      }
      portion.add(row);
      if (portion.isClosed && !(await flush(row.position))) return false;
    }
    return flush(rows.at(-1)?.position ?? place.position);
  }

  /** False where another process was faster: then this one goes on from there. */
  async #storePortion(shard: number, place: ShardPlace, portion: LogPortion, position: number): Promise<boolean> {
    const { writer, failpoints, rooms } = this.#ports;
    const to = { generation: place.generation, position };
    const move = { source: roomLogSource(shard), from: place.stored, to };
    await failpoints.reach('appservice.before-append');
    const outcome = await writer.append({ moves: [move], reads: [], items: portion.items, members: portion.members });
    await failpoints.reach('appservice.after-append');
    for (const room of portion.roomsToForget) rooms.forget(room);
    if (outcome === 'stored') {
      place.stored = to;
      place.position = position;
      return true;
    }
    rooms.clear();
    if (outcome === 'moved' && this.#places.get(shard) === place) await this.take([shard]);
    return false;
  }

  async #storePlace(shard: number): Promise<void> {
    const place = this.#places.get(shard);
    if (place === undefined || isSamePlace(place, place.stored)) return;
    const to = { generation: place.generation, position: place.position };
    const moves = [{ source: roomLogSource(shard), from: place.stored, to }];
    const outcome = await this.#ports.writer.append({ moves, reads: [], items: [], members: [] });
    if (outcome === 'stored') place.stored = to;
    else if (outcome === 'moved' && this.#places.get(shard) === place) await this.take([shard]);
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

  readonly #isOurs = (userId: string): boolean => this.#ports.appservices.ofUser(userId).length > 0;
}

function isSamePlace(one: AppservicePlace, other: AppservicePlace): boolean {
  return one.generation === other.generation && one.position === other.position;
}
