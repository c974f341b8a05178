import { rowsFromStorage } from '@plexus/room-log';
import type { OutboundPositions, RoomLogPositionReader, RoomReader } from '@plexus/storage';
import type { OutboundEvent } from '@plexus/topics';
import { positionBefore } from '../queues/record-order.ts';
import { OutboundBatch } from './outbound-publisher.ts';
import type { RowDestinations } from './row-destinations.ts';

export interface RedistributeLogPorts {
  readonly reader: RoomReader;
  readonly log: Pick<RoomLogPositionReader, 'readGeneration'>;
  readonly positions: Pick<OutboundPositions, 'readOutboundPositions'>;
  newDestinations(): RowDestinations;
}

/** What the queues of a shard of destinations have got of the room log. */
export interface SeenOfLog {
  readonly generation: number;
  /** By room shard: the order of the last event. */
  readonly seen: ReadonlyMap<string, number>;
}

const PAGE = 200;
/** The generation of queues that never got an event. */
const NOTHING_SEEN = 0;

/**
 * Finds in the room log what was written of it for one shard of destinations and may be lost: everything that these have not seen. What is written
 * again meanwhile comes twice, and is known by its order.
 *
 * @NOTE Where a shard of destinations saw the last event of a room shard long ago, all rows since then are read.
 */
export class RedistributeLog {
  readonly #ports: RedistributeLogPorts;

  constructor(ports: RedistributeLogPorts) {
    this.#ports = ports;
  }

  /** Events for the shard, page by page, in the order of each room shard's log. Positions of an earlier generation say nothing. */
  async *execute(shard: number, { seen, generation }: SeenOfLog): AsyncGenerator<OutboundEvent[]> {
    const { reader, log, positions } = this.#ports;
    const current = await log.readGeneration();
    if (generation !== NOTHING_SEEN && generation !== current) return;
    const written = await positions.readOutboundPositions();
    const ends = await reader.readPositions();
    for (const roomShard of written.keys()) {
      const after = positionBefore(seen.get(String(roomShard)) ?? 0);
      yield* this.#readRoomShard({ roomShard, after, upTo: ends[roomShard] ?? 0 }, shard, current);
    }
  }

  async *#readRoomShard(range: LogRange, shard: number, generation: number): AsyncGenerator<OutboundEvent[]> {
    const { reader } = this.#ports;
    const destinations = this.#ports.newDestinations();
    const { roomShard, upTo } = range;
    for (let { after } = range; after < upTo;) {
      const query = { shard: roomShard, after, upTo, limit: PAGE, order: 'ascending' } as const;
      const rows = await rowsFromStorage(await reader.readLog(query), reader, WANTS_NOBODY);
      const last = rows.at(-1);
      if (last === undefined) return;
      await destinations.load(roomShard, rows);
      const batch = new OutboundBatch();
      for (const row of rows) await destinations.add(row, generation, batch);
      yield batch.valuesOf(shard).flatMap(({ content }) => (content?.$case === 'event' ? [content.value] : []));
      after = last.position;
    }
  }
}

interface LogRange {
  readonly roomShard: number;
  readonly after: number;
  readonly upTo: number;
}

const WANTS_NOBODY = (): boolean => false;
