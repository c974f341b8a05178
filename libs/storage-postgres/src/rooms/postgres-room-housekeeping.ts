import type {
  AbandonedImport,
  GarbageRoom,
  RememberedShard,
  RemovedRoom,
  RoomHousekeeping,
  RootsPage,
  ShardEpoch,
} from '@plexus/storage';
import { int4Array, int8Array } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

const PAGE = 2_000;

/** Clears away in Postgres what the owner of a shard does not need any more. */
export class PostgresRoomHousekeeping implements RoomHousekeeping {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async countExtremities(shard: number): Promise<Map<number, number>> {
    const rows = await this.#database.run<{ extremities: number; rooms: number }>(COUNT_EXTREMITIES, [shard]);
    return new Map(rows.map(({ extremities, rooms }) => [extremities, rooms]));
  }

  async listRoomsWithGarbage(shard: number, limit: number): Promise<GarbageRoom[]> {
    const rows = await this.#database.run<{ room_nid: number; removals: number }>(LIST_GARBAGE, [shard, limit]);
    return rows.map((row) => ({ shard, roomNid: row.room_nid, removals: row.removals }));
  }

  async readLastNodeNid(shard: number): Promise<number> {
    const [row] = await this.#database.run<{ last_node_nid: number }>(READ_LAST_NODE, [shard]);
    return row?.last_node_nid ?? 0;
  }

  /** @NOTE First the roots of events, by their place in the timeline, then of those that a purge has kept, then of the log, then the current one. */
  async pageRoots(room: GarbageRoom, from = 'events/-1/-1'): Promise<RootsPage> {
    const [kind, first = '', second = ''] = from.split('/');
    const place = [Number(first), Number(second)] as const;
    if (kind === 'events') return this.#pageEvents(room, place);
    return kind === 'kept' ? this.#pageKept(room, place[0]) : this.#pageLog(room, place[0]);
  }

  async listNodeNids(room: GarbageRoom, page: { readonly after: number; readonly limit: number }): Promise<number[]> {
    const values = [room.shard, room.roomNid, page.after, page.limit];
    return (await this.#database.run<{ node_nid: number }>(LIST_NODES, values)).map((row) => row.node_nid);
  }

  async removeNodes(owner: ShardEpoch, room: GarbageRoom, nodeNids: readonly number[]): Promise<boolean> {
    const values = [owner.shard, owner.epoch, room.roomNid, room.removals, int8Array(nodeNids)];
    const [row] = await this.#database.run<{ is_held: boolean }>(REMOVE_NODES, values);
    return row?.is_held === true;
  }

  async setClean(owner: ShardEpoch, room: GarbageRoom): Promise<boolean> {
    const values = [owner.shard, owner.epoch, room.roomNid, room.removals];
    const [row] = await this.#database.run<{ is_held: boolean }>(SET_CLEAN, values);
    return row?.is_held === true;
  }

  async listRemovedRooms(limit: number): Promise<RemovedRoom[]> {
    const rows = await this.#database.run<RemovedRow>(LIST_REMOVED, [limit]);
    return rows.map((row) => {
      return { shard: row.shard, roomNid: row.room_nid, roomId: row.room_id, isImport: row.is_import };
    });
  }

  async listMovedShards(owned: readonly RememberedShard[]): Promise<number[]> {
    const values = [int4Array(owned.map(({ shard }) => shard)), int8Array(owned.map(({ position }) => position))];
    return (await this.#database.run<{ shard: number }>(LIST_MOVED, values)).map(({ shard }) => shard);
  }

  async removeRemains(owner: ShardEpoch, room: RemovedRoom, limit: number): Promise<number | undefined> {
    for (const statement of REMOVE_REMAINS) {
      const values = [owner.shard, owner.epoch, room.roomNid, room.isImport ? NO_ROOM_ID : room.roomId, limit];
      const [row] = await this.#database.run<{ is_held: boolean; count: number }>(statement, values);
      if (row?.is_held !== true) return undefined;
      if (row.count > 0) return row.count;
    }
    return 0;
  }

  async setRemoved(owner: ShardEpoch, room: RemovedRoom): Promise<boolean> {
    const [row] = await this.#database.run<{ is_held: boolean }>(SET_REMOVED, [owner.shard, owner.epoch, room.roomNid]);
    return row?.is_held === true;
  }

  async removeOldCommands(owner: ShardEpoch, olderThanMs: number, limit: number): Promise<number | undefined> {
    const values = [owner.shard, owner.epoch, olderThanMs, limit];
    const [row] = await this.#database.run<{ is_held: boolean; count: number }>(REMOVE_COMMANDS, values);
    return row?.is_held === true ? row.count : undefined;
  }

  async forgetGivenUp(owner: ShardEpoch, olderThanMs: number, limit: number): Promise<number | undefined> {
    const values = [owner.shard, owner.epoch, olderThanMs, limit];
    const [row] = await this.#database.run<{ is_held: boolean; count: number }>(FORGET_GIVEN_UP, values);
    return row?.is_held === true ? row.count : undefined;
  }

  async listAbandonedImports(shard: number, olderThanMs: number, limit: number): Promise<AbandonedImport[]> {
    const values = [shard, olderThanMs, limit];
    const rows = await this.#database.run<Pick<RemovedRow, 'room_nid' | 'room_id'>>(LIST_ABANDONED, values);
    return rows.map((row) => ({ shard, roomNid: row.room_nid, roomId: row.room_id }));
  }

  async #pageEvents(room: GarbageRoom, after: readonly [number, number]): Promise<RootsPage> {
    const rows = await this.#database.run<EventRoots>(PAGE_EVENTS, [room.shard, room.roomNid, ...after, PAGE]);
    const last = rows.at(-1);
    const roots = new Set(rows.flatMap((row) => [row.state_before, row.state_after]));
    const next =
      rows.length < PAGE || last === undefined ? 'kept/0' : `events/${last.topological_position}/${last.event_nid}`;
    return { roots: [...roots].filter((root) => root !== null), next };
  }

  async #pageKept(room: GarbageRoom, after: number): Promise<RootsPage> {
    const rows = await this.#database.run<KeptRoots>(PAGE_KEPT, [room.shard, room.roomNid, after, PAGE]);
    const last = rows.at(-1);
    const next = rows.length < PAGE || last === undefined ? 'log/0' : `kept/${last.event_nid}`;
    return { roots: [...new Set(rows.map((row) => row.state_before))], next };
  }

  async #pageLog(room: GarbageRoom, after: number): Promise<RootsPage> {
    const rows = await this.#database.run<LogRoots>(PAGE_LOG, [room.shard, room.roomNid, after, PAGE]);
    const last = rows.at(-1);
    const roots = new Set(rows.flatMap((row) => [row.previous_root, row.current_root]));
    if (rows.length === PAGE && last !== undefined) return { roots: [...roots], next: `log/${last.position}` };
    const current = await this.#database.run<{ current_root: number }>(READ_CURRENT, [room.shard, room.roomNid]);
    for (const row of current) roots.add(row.current_root);
    return { roots: [...roots], next: undefined };
  }
}

interface RemovedRow {
  readonly shard: number;
  readonly room_nid: number;
  readonly room_id: string;
  readonly is_import: boolean;
}

/** What came of the room by another way while it was on its way here is not the import's. */
const NO_ROOM_ID = ' ';

interface EventRoots {
  readonly topological_position: number;
  readonly event_nid: number;
  readonly state_before: number | null;
  readonly state_after: number | null;
}

interface KeptRoots {
  readonly event_nid: number;
  readonly state_before: number;
}

interface LogRoots {
  readonly position: number;
  readonly previous_root: number;
  readonly current_root: number;
}

/** @NOTE The shard's row before all others, as in every unit of work: nobody can wait for the other in a circle. */
const HELD = 'held as (select shard from room_shards where shard = $1 and epoch = $2 for update)';

/** What is being imported makes states that nothing names before its last piece. */
const WITHOUT_IMPORT = 'not exists (select from room_imports i where i.shard = r.shard and i.room_id = r.room_id)';

const COUNT_EXTREMITIES: Statement = {
  name: 'count-forward-extremities',
  text: `select cardinality(forward_extremities) as extremities, count(*) as rooms from rooms where shard = $1 group by 1`,
};

const LIST_GARBAGE: Statement = {
  name: 'list-rooms-with-garbage',
  text: `select room_nid, removals from rooms r where shard = $1 and removals <> removals_cleared and ${WITHOUT_IMPORT}
         order by room_nid limit $2`,
};

const READ_LAST_NODE: Statement = {
  name: 'read-last-node',
  text: 'select last_node_nid from room_shards where shard = $1',
};

const PAGE_EVENTS: Statement = {
  name: 'page-event-roots',
  text: `select topological_position, event_nid, state_before, state_after from events
         where shard = $1 and room_nid = $2 and topological_position is not null
           and (topological_position, event_nid) > ($3::bigint, $4::bigint)
         order by topological_position, event_nid limit $5`,
};

const PAGE_KEPT: Statement = {
  name: 'page-kept-roots',
  text: `select event_nid, state_before from events
         where shard = $1 and room_nid = $2 and topological_position is null and state_before is not null and event_nid > $3
         order by event_nid limit $4`,
};

const PAGE_LOG: Statement = {
  name: 'page-log-roots',
  text: `select position, previous_root, current_root from room_log
         where shard = $1 and room_nid = $2 and position > $3 order by position limit $4`,
};

const READ_CURRENT: Statement = {
  name: 'read-current-root',
  text: `select current_root from rooms where shard = $1 and room_nid = $2
         union all select state_root from room_imports where shard = $1 and room_nid = $2`,
};

const LIST_NODES: Statement = {
  name: 'list-node-nids',
  text: `select node_nid from state_nodes where shard = $1 and room_nid = $2 and node_nid > $3 order by node_nid limit $4`,
};

/** @NOTE Locking the room's row reads it anew: what a unit of work removed while this one waited for the shard's row counts. */
const REMOVE_NODES: Statement = {
  name: 'remove-state-nodes',
  text: `with ${HELD}, room as (
           select r.room_nid from rooms r, held
           where r.shard = $1 and r.room_nid = $3 and r.removals = $4 and ${WITHOUT_IMPORT} for share of r
         ), removed as (
           delete from state_nodes
           where shard = $1 and room_nid = $3 and node_nid = any($5::bigint[]) and exists (select from room)
         )
         select exists (select from room) as is_held`,
};

const SET_CLEAN: Statement = {
  name: 'set-room-clean',
  text: `with ${HELD}, cleared as (
           update rooms r set removals_cleared = $4 from held where r.shard = held.shard and r.room_nid = $3
         )
         select exists (select from held) as is_held`,
};

const REMOVE_COMMANDS: Statement = {
  name: 'remove-old-commands',
  text: `with ${HELD}, old as (
           select command_id from room_commands
           where shard = $1 and executed_at < now() - $3::bigint * interval '1 millisecond' limit $4
         ), removed as (
           delete from room_commands c using held, old
           where c.shard = held.shard and c.command_id = old.command_id returning c.command_id
         )
         select exists (select from held) as is_held, (select count(*)::int from removed) as count`,
};

const LIST_ABANDONED: Statement = {
  name: 'list-abandoned-imports',
  text: `select room_id, room_nid from room_imports
         where shard = $1 and begun_at < now() - $2::bigint * interval '1 millisecond' limit $3`,
};

const FORGET_GIVEN_UP: Statement = {
  name: 'forget-given-up-pdus',
  text: `with ${HELD}, old as (
           select given_up_nid from given_up_pdus
           where shard = $1 and given_up_at < now() - $3::bigint * interval '1 millisecond' limit $4
         ), removed as (
           delete from given_up_pdus g using held, old
           where g.shard = held.shard and g.given_up_nid = old.given_up_nid returning g.given_up_nid
         )
         select exists (select from held) as is_held, (select count(*)::int from removed) as count`,
};

const LIST_REMOVED: Statement = {
  name: 'list-removed-rooms',
  text: 'select shard, room_nid, room_id, is_import from removed_rooms order by removed_at limit $1',
};

const LIST_MOVED: Statement = {
  name: 'list-moved-shards',
  text: `select s.shard from unnest($1::int[], $2::bigint[]) as owned (shard, position)
         join room_shards s on s.shard = owned.shard and s.position > owned.position`,
};

const SET_REMOVED: Statement = {
  name: 'set-room-removed',
  text: `with ${HELD}, done as (
           delete from removed_rooms r using held where r.shard = held.shard and r.room_nid = $3
         )
         select exists (select from held) as is_held`,
};

/** @NOTE Every statement names all parameters, so that all of them take the same. */
const OF_ROOM = 'shard = $1 and room_nid = $3 and $4::text is not null';

const OF_ROOM_ID = 'shard = $1 and room_id = $4 and $3::bigint is not null';

const REMOVE_REMAINS: readonly Statement[] = [
  removeEvents('remove-events-of', 'topological_position is not null order by topological_position'),
  removeEvents('remove-outliers-of', 'topological_position is null'),
  {
    name: 'bury-log-rows-of',
    text: `with held as (
             select shard, trimmed from room_shards where shard = $1 and epoch = $2 for update
           ), doomed as (
             select position from room_log where ${OF_ROOM} order by position limit $5
           ), removed as (
             delete from room_log l using held, doomed
             where l.shard = held.shard and l.position = doomed.position and l.position <= held.trimmed returning 1
           ), buried as (
             update room_log l set room_nid = 0, kind = 4, event_nid = null, previous_root = 0, current_root = 0, body = null,
               transaction_id = null, sender_device_id = null
             from held, doomed
             where l.shard = held.shard and l.position = doomed.position and l.position > held.trimmed returning 1
           )
           select exists (select from held) as is_held,
             (select count(*)::int from removed) + (select count(*)::int from buried) as count`,
  },
  removeRows('remove-nodes-of', { table: 'state_nodes', key: 'node_nid', rows: OF_ROOM }),
  removeRows('remove-servers-of', { table: 'room_servers', key: 'server_name', rows: OF_ROOM }),
  removeRows('remove-highlights-of', { table: 'highlights', key: 'position', rows: OF_ROOM }),
  removeRows('remove-receipts-of', { table: 'receipts', key: 'user_id', rows: OF_ROOM }),
  removeRows('remove-backward-extremities-of', {
    table: 'backward_extremities',
    key: 'missing_event_id',
    rows: OF_ROOM,
  }),
  removeRows('remove-parked-of', { table: 'parked_pdus', key: 'event_id', rows: OF_ROOM_ID }),
  removeRows('remove-dead-letters-of', { table: 'dead_letters', key: 'dead_letter_nid', rows: OF_ROOM_ID }),
];

/** With what belongs to them: who cites them, and what redacts them. */
function removeEvents(name: string, which: string): Statement {
  return {
    name,
    text: `with ${HELD}, doomed as (
             select event_nid, event_id from events where ${OF_ROOM} and ${which} limit $5
           ), edges as (
             delete from auth_edges e using held, doomed where e.shard = held.shard and e.auth_event_nid = doomed.event_nid
           ), redacting as (
             delete from redactions r using held, doomed where r.shard = held.shard and r.redacts_event_id = doomed.event_id
           ), removed as (
             delete from events e using held, doomed where e.shard = held.shard and e.event_nid = doomed.event_nid returning 1
           )
           select exists (select from held) as is_held, (select count(*)::int from removed) as count`,
  };
}

function removeRows(name: string, { table, key, rows }: { table: string; key: string; rows: string }): Statement {
  const room = rows === OF_ROOM ? 't.room_nid = $3' : 't.room_id = $4';
  return {
    name,
    text: `with ${HELD}, doomed as (select distinct ${key} from ${table} where ${rows} limit $5), removed as (
             delete from ${table} t using held, doomed where t.shard = held.shard and ${room} and t.${key} = doomed.${key}
             returning 1
           )
           select exists (select from held) as is_held, (select count(*)::int from removed) as count`,
  };
}
