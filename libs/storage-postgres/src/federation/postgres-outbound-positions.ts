import type { OutboundPositions } from '@plexus/storage';
import { int4Array, int8Array } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

type Place = Parameters<OutboundPositions['storeOutboundPosition']>[1];

interface PositionRow {
  readonly room_shard: number;
  readonly generation: number;
  readonly position: number;
}

/** What is stored at the end of this turn of the event loop. */
interface Gathered {
  readonly places: Map<number, Place>;
  readonly stored: Promise<void>;
}

/**
 * Keeps in Postgres how far the destinations of events are written.
 *
 * @NOTE Whoever goes through the log stores the places of all its shards at the same moment: as statements of their own each would flush a commit.
 */
export class PostgresOutboundPositions implements OutboundPositions {
  readonly #database: PostgresDatabase;
  #gathered: Gathered | undefined;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async readOutboundPositions(): Promise<Map<number, Place>> {
    const rows = await this.#database.run<PositionRow>(READ_POSITIONS);
    return new Map(rows.map(({ room_shard, generation, position }) => [room_shard, { generation, position }]));
  }

  storeOutboundPosition(roomShard: number, place: Place): Promise<void> {
    this.#gathered ??= this.#gather();
    const { places, stored } = this.#gathered;
    if (isBehind(places.get(roomShard), place)) places.set(roomShard, place);
    return stored;
  }

  #gather(): Gathered {
    const places = new Map<number, Place>();
    const endOfTurn = new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    const stored = endOfTurn.then(() => {
      this.#gathered = undefined;
      return this.#storeAll(places);
    });
    return { places, stored };
  }

  /** @NOTE In the order of shards, so that two processes do not wait for each other's rows. */
  async #storeAll(places: ReadonlyMap<number, Place>): Promise<void> {
    const sorted = [...places].sort(([a], [b]) => a - b);
    await this.#database.run(STORE_POSITIONS, [
      int4Array(sorted.map(([roomShard]) => roomShard)),
      int4Array(sorted.map(([, { generation }]) => generation)),
      int8Array(sorted.map(([, { position }]) => position)),
    ]);
  }
}

function isBehind(known: Place | undefined, { generation, position }: Place): boolean {
  if (known === undefined || known.generation !== generation) return (known?.generation ?? -1) < generation;
  return known.position < position;
}

const READ_POSITIONS: Statement = {
  name: 'read-outbound-positions',
  text: 'select room_shard, generation, position from outbound_positions',
};

const STORE_POSITIONS: Statement = {
  name: 'store-outbound-positions',
  text: `insert into outbound_positions (room_shard, generation, position)
         select unnest($1::int[]), unnest($2::int[]), unnest($3::bigint[])
         on conflict (room_shard) do update set generation = excluded.generation, position = excluded.position
         where (outbound_positions.generation, outbound_positions.position) < (excluded.generation, excluded.position)`,
};
