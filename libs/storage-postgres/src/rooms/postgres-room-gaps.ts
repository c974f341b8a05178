import type {
  BackwardExtremity,
  BackwardExtremityQuery,
  BackwardExtremityReader,
  RoomServerReader,
  RoomServers,
} from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Where rooms go on elsewhere: the ends of their stored history, and the servers that are in them. */
export class PostgresRoomGaps implements BackwardExtremityReader, RoomServerReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listBackwardExtremities(query: BackwardExtremityQuery): Promise<BackwardExtremity[]> {
    const { shard, roomNid, upTo = Number.MAX_SAFE_INTEGER, limit } = query;
    const rows = await this.#database.run<ExtremityRow>(LIST_BACKWARD, [shard, roomNid, upTo, limit]);
    return rows.map((row) => ({
      missingEventId: row.missing_event_id,
      eventId: row.event_id,
      eventNid: row.event_nid,
      topologicalPosition: row.topological_position,
    }));
  }

  async readServers(shard: number, roomNid: number): Promise<RoomServers | undefined> {
    const rows = await this.#database.run<ServerRow>(READ_SERVERS, [shard, roomNid]);
    const [first] = rows;
    if (first === undefined) return undefined;
    const joined = rows.flatMap((row) =>
      row.server_name === null ? [] : ([[row.server_name, row.joined_count]] as const),
    );
    return { currentRoot: first.current_root, joined: new Map(joined) };
  }
}

interface ExtremityRow {
  readonly missing_event_id: string;
  readonly event_id: string;
  readonly event_nid: number;
  readonly topological_position: number;
}

interface ServerRow {
  readonly current_root: number;
  readonly server_name: string | null;
  readonly joined_count: number;
}

const LIST_BACKWARD: Statement = {
  name: 'list-backward-extremities',
  text: `select b.missing_event_id, e.event_id, e.event_nid, e.topological_position
         from backward_extremities b join events e on e.shard = b.shard and e.event_nid = b.event_nid
         where b.shard = $1 and b.room_nid = $2 and e.topological_position <= $3
         order by e.topological_position desc, e.event_nid desc, b.missing_event_id limit $4`,
};

const READ_SERVERS: Statement = {
  name: 'read-room-servers',
  text: `select r.current_root, s.server_name, s.joined_count
         from rooms r left join room_servers s on s.shard = r.shard and s.room_nid = r.room_nid and s.joined_count > 0
         where r.shard = $1 and r.room_nid = $2`,
};
