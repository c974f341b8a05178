import type { OutboundPositions } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

type Place = Parameters<OutboundPositions['storeOutboundPosition']>[1];

interface PositionRow {
  readonly room_shard: number;
  readonly generation: number;
  readonly position: number;
}

/** Keeps in Postgres how far the destinations of events are written. */
export class PostgresOutboundPositions implements OutboundPositions {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async readOutboundPositions(): Promise<Map<number, Place>> {
    const rows = await this.#database.run<PositionRow>(READ_POSITIONS);
    return new Map(rows.map(({ room_shard, generation, position }) => [room_shard, { generation, position }]));
  }

  async storeOutboundPosition(roomShard: number, { generation, position }: Place): Promise<void> {
    await this.#database.run(STORE_POSITION, [roomShard, generation, position]);
  }
}

const READ_POSITIONS: Statement = {
  name: 'read-outbound-positions',
  text: 'select room_shard, generation, position from outbound_positions',
};

const STORE_POSITION: Statement = {
  name: 'store-outbound-position',
  text: `insert into outbound_positions (room_shard, generation, position) values ($1, $2, $3)
         on conflict (room_shard) do update set generation = excluded.generation, position = excluded.position
         where (outbound_positions.generation, outbound_positions.position) < (excluded.generation, excluded.position)`,
};
