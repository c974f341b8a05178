import type { DistributionOutcome, LogDistribution, LoggedRow, LogPlace, ShardPlace } from '@plexus/room-log';
import { roomLogSource } from '@plexus/storage';
import type { AppserviceAppend, AppserviceAppender } from '@plexus/storage';
import type { Failpoints } from '../failpoints.ts';
import type { AppendWriter } from '../queues/append-writer.ts';
import type { InterestedAppservices } from './interested-appservices.ts';
import type { InterestedRooms } from './interested-rooms.ts';
import { LogPortion } from './log-portion.ts';

export interface AppserviceDistributionPorts {
  readonly appender: Pick<AppserviceAppender, 'openPlaces'>;
  readonly writer: Pick<AppendWriter, 'append'>;
  readonly appservices: InterestedAppservices;
  readonly rooms: InterestedRooms;
  readonly failpoints: Failpoints;
}

/**
 * Puts what rows of the room log interest application services in into their queues.
 *
 * Items and the place behind them are stored in one unit of work, and only from the place that was stored before: after a crash, or where two processes
 * believe to have the shard, each row comes into the queues once. Rows that interest nobody move the place in memory only.
 */
export class AppserviceDistribution implements LogDistribution {
  readonly #ports: AppserviceDistributionPorts;

  constructor(ports: AppserviceDistributionPorts) {
    this.#ports = ports;
  }

  readonly wantsMember = (userId: string): boolean => this.#ports.appservices.ofUser(userId).length > 0;

  isNeeded(): boolean {
    return this.#ports.appservices.all().length > 0;
  }

  /** Where a deployment has never had this service, it begins at the present ends of the logs. */
  async openPlaces(shards: readonly number[], end: (shard: number) => LogPlace): Promise<Map<number, LogPlace>> {
    const first = new Map(shards.map((shard) => [roomLogSource(shard), end(shard)]));
    const places = await this.#ports.appender.openPlaces(first);
    return new Map(shards.map((shard) => [shard, places.get(roomLogSource(shard)) ?? end(shard)]));
  }

  leaveGeneration(): void {
    this.#ports.rooms.clear();
  }

  /** Rows up to one after which the members of its room have to be read anew are stored together. */
  async distribute(place: ShardPlace, rows: readonly LoggedRow[]): Promise<DistributionOutcome> {
    const { rooms } = this.#ports;
    await rooms.load(place.shard, rows);
    let portion = new LogPortion(this.#ports);
    const flush = async (position: number): Promise<DistributionOutcome> => {
      const full = portion;
      portion = new LogPortion(this.#ports);
      return full.isEmpty ? 'stored' : this.#storePortion(place, full, position);
    };
    for (const row of rows) {
      if (rooms.interestedIn(row) === undefined) {
        const outcome = await flush(row.position - 1);
        if (outcome !== 'stored') return outcome;
        await rooms.load(place.shard, [row]);
      }
      portion.add(row);
      const outcome = portion.isClosed ? await flush(row.position) : 'stored';
      if (outcome !== 'stored') return outcome;
    }
    return flush(rows.at(-1)?.position ?? place.position);
  }

  storePlace(place: ShardPlace): Promise<DistributionOutcome> {
    return this.#move(place, place.position, { items: [], members: [] });
  }

  async #storePortion(place: ShardPlace, portion: LogPortion, position: number): Promise<DistributionOutcome> {
    const { failpoints, rooms } = this.#ports;
    await failpoints.reach('appservice.before-append');
    const outcome = await this.#move(place, position, portion);
    await failpoints.reach('appservice.after-append');
    for (const room of portion.roomsToForget) rooms.forget(room);
    if (outcome === 'stored') place.storedAt(position);
    else rooms.clear();
    return outcome;
  }

  #move(
    { shard, generation, stored: from }: ShardPlace,
    position: number,
    { items, members }: Pick<AppserviceAppend, 'items' | 'members'>,
  ): Promise<DistributionOutcome> {
    const move = { source: roomLogSource(shard), from, to: { generation, position } };
    return this.#ports.writer.append({ moves: [move], reads: [], items, members });
  }
}
