import type { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { Statement } from '../postgres/statement.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { chooseLostRooms, rowsOf } from './choose-lost-rooms.ts';
import type { Backup } from './choose-lost-rooms.ts';
import { isOfRooms, numberIn, renumberRoom, ROOM_TABLES } from './renumber-row.ts';
import type { Row } from './renumber-row.ts';
import { Renumbering } from './renumbering.ts';
import type { ShardNumbers } from './renumbering.ts';
import { insertRows } from './restore-backup.ts';

export interface RestoredRooms {
  readonly restored: number;
  /** Rooms that live on on other homeservers, or of which the backup does not know everything. */
  readonly elsewhere: number;
}

export interface RestoreRoomsOptions {
  readonly rooms: PostgresConnection;
  readonly accounts: PostgresConnection;
  readonly folder: string;
  readonly manifest: BackupManifest;
  readonly serverName: string;
}

/**
 * Brings back the rooms that went with a hosted server, into a deployment that runs, as they were when the backup was made: their history, their state and
 * who was in them. To everybody who follows the log they begin now, with their state; what was said before is history, as of a room that was joined on another
 * homeserver. All or nothing.
 *
 * @NOTE Rows come under new numbers, since what is still in caches or in other tables must not name them. These are taken first, and lost if anything
 * fails afterwards; nothing of the shards is held while the rows come.
 */
export async function restoreRooms(options: RestoreRoomsOptions): Promise<RestoredRooms> {
  const { rooms: database, folder, manifest, serverName } = options;
  const backup = { folder, tables: new Map(manifest.tables.map((table) => [table.name, table])) };
  const { lost, elsewhere } = await chooseLostRooms(backup, serverName, options);
  const [deployment] = await database.run<{ room_shards: number }>(READ_SHARDS);
  // Rooms would belong to other shards.
  if (deployment?.room_shards !== manifest.roomShards) return { restored: 0, elsewhere: elsewhere + lost.length };
  if (lost.length === 0) return { restored: 0, elsewhere };
  const numbers = await takeNumbers(database, backup, lost);
  await database.execute('begin');
  for (const [name, renumber] of ROOM_TABLES) {
    await insertRows(database, name, linesOf(backup, { name, numbers, renumber }));
  }
  for (const [shard, own] of [...numbers].toSorted(([one], [other]) => one - other)) {
    const ofShard = lost.filter((room) => room['shard'] === shard);
    await database.query(FORGET_COMMANDS, [shard, ofShard.map((room) => numberIn(room, 'room_nid'))]);
    const renumbered = ofShard.map((room) => renumberRoom(room, own));
    await database.query(BEGIN_ROOMS, [shard, JSON.stringify(renumbered)]);
  }
  await database.execute('commit');
  return { restored: lost.length, elsewhere };
}

type NumbersByShard = ReadonlyMap<number, ShardNumbers>;

/** New numbers for all that comes. */
async function takeNumbers(
  database: PostgresConnection,
  backup: Backup,
  rooms: readonly Row[],
): Promise<NumbersByShard> {
  const numbers = new Map<number, ShardNumbers>();
  for (const room of rooms) {
    const shard = numberIn(room, 'shard');
    const own = numbers.get(shard) ?? { rooms: new Renumbering(), events: new Renumbering(), nodes: new Renumbering() };
    own.rooms.add(numberIn(room, 'room_nid'));
    numbers.set(shard, own);
  }
  for await (const [row, { events }] of chosenRows(backup, 'events', numbers)) events.add(numberIn(row, 'event_nid'));
  for await (const [row, { nodes }] of chosenRows(backup, 'state_nodes', numbers)) nodes.add(numberIn(row, 'node_nid'));
  for (const [shard, own] of numbers) await settle(database, shard, own);
  return numbers;
}

async function settle(
  database: PostgresConnection,
  shard: number,
  { rooms, events, nodes }: ShardNumbers,
): Promise<void> {
  const [last] = await database.run<LastNumbers>(RESERVE, [shard, rooms.size, events.size, nodes.size]);
  if (last === undefined) throw new Error(`there is no room shard ${shard}`);
  rooms.settle(last.last_room_nid);
  events.settle(last.last_event_nid);
  nodes.settle(last.last_node_nid);
}

async function* linesOf(
  backup: Backup,
  {
    name,
    numbers,
    renumber,
  }: {
    readonly name: string;
    readonly numbers: NumbersByShard;
    readonly renumber: (row: Row, numbers: ShardNumbers) => Row | undefined;
  },
): AsyncGenerator<string> {
  for await (const [row, own] of chosenRows(backup, name, numbers)) {
    const renumbered = renumber(row, own);
    if (renumbered !== undefined) yield JSON.stringify(renumbered);
  }
}

/** Rows of a table that are of rooms which come back, each with the numbers of its shard. */
async function* chosenRows(backup: Backup, name: string, numbers: NumbersByShard): AsyncGenerator<[Row, ShardNumbers]> {
  for await (const row of rowsOf(backup, name)) {
    const own = numbers.get(numberIn(row, 'shard'));
    if (own !== undefined && isOfRooms(row, own)) yield [row, own];
  }
}

interface LastNumbers {
  readonly last_room_nid: number;
  readonly last_event_nid: number;
  readonly last_node_nid: number;
}

const READ_SHARDS: Statement = { name: 'read-room-shards', text: 'select room_shards from deployment' };
const RESERVE: Statement = { name: 'reserve-numbers', text: 'select * from reserve_numbers($1, $2, $3, $4)' };
const FORGET_COMMANDS = 'select forget_room_commands($1, $2)';
const BEGIN_ROOMS = 'select begin_restored_rooms($1, $2::json)';
