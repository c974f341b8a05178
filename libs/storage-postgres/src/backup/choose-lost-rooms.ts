import { findServerName } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import type { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { Statement } from '../postgres/statement.ts';
import type { BackedUpTable } from './backup-manifest.ts';
import { readRows } from './backup-manifest.ts';
import { numberIn } from './renumber-row.ts';
import type { Row } from './renumber-row.ts';

export interface Backup {
  readonly folder: string;
  readonly tables: ReadonlyMap<string, BackedUpTable>;
}

export interface LostRooms {
  /** Rows of `rooms`, as they were. */
  readonly lost: readonly Row[];
  /** In so many others, which are gone here too, users of other homeservers were: they are found there. */
  readonly elsewhere: number;
}

/** Parsed rows of a table; none where the backup does not have it. */
export async function* rowsOf({ folder, tables }: Backup, name: string): AsyncGenerator<Row> {
  const table = tables.get(name);
  if (table === undefined) return;
  for await (const line of readRows(folder, table)) yield JSON.parse(line);
}

/**
 * The rooms that users of a hosted server were in when the backup was made, and that are nowhere now: they are not here, and nobody of another homeserver was in
 * them. What is blocked here is meant to be gone.
 */
export async function chooseLostRooms(
  backup: Backup,
  serverName: string,
  databases: { readonly rooms: PostgresConnection; readonly accounts: PostgresConnection },
): Promise<LostRooms> {
  const joined = await listJoinedRooms(backup, serverName);
  const gone = await withoutKnown(await listRooms(backup, joined), serverName, databases.rooms);
  const hosted = new Set((await databases.accounts.run<{ server_name: string }>(LIST_SERVERS)).map(nameOf));
  for await (const row of rowsOf(backup, 'hosted_servers')) hosted.add(String(row['server_name']));
  const abroad = new Set<string>();
  for await (const row of rowsOf(backup, 'room_servers')) {
    if (numberIn(row, 'joined_count') > 0 && !hosted.has(String(row['server_name']))) abroad.add(placeOf(row));
  }
  const lost = gone.filter((room) => !abroad.has(placeOf(room)) && room['partial_join_nid'] === null);
  return { lost, elsewhere: gone.length - lost.length };
}

async function listJoinedRooms(backup: Backup, serverName: string): Promise<ReadonlySet<unknown>> {
  const joined = new Set<unknown>();
  for await (const { user_id: userId, room_id: roomId, membership } of rowsOf(backup, 'user_rooms')) {
    if (membership === 'join' && findServerName(String(userId)) === serverName) joined.add(roomId);
  }
  return joined;
}

async function listRooms(backup: Backup, roomIds: ReadonlySet<unknown>): Promise<readonly Row[]> {
  const rooms: Row[] = [];
  for await (const row of rowsOf(backup, 'rooms')) if (roomIds.has(row['room_id'])) rooms.push(row);
  return rooms;
}

async function withoutKnown(
  rooms: readonly Row[],
  serverName: string,
  database: PostgresConnection,
): Promise<readonly Row[]> {
  const known = await database.query<{ room_id: string; is_leaving: boolean }>(FIND_KNOWN, [
    rooms.map(({ room_id: roomId }) => String(roomId)),
    serverName,
  ]);
  const leaving = known.rows.find(({ is_leaving: isLeaving }) => isLeaving);
  if (leaving !== undefined) {
    throw new StorageError(`${leaving.room_id} is being cleared away: wait until nothing is left of it`);
  }
  const here = new Set<unknown>(known.rows.map(({ room_id: roomId }) => roomId));
  return rooms.filter(({ room_id: roomId }) => !here.has(roomId));
}

function nameOf({ server_name: serverName }: { readonly server_name: string }): string {
  return serverName;
}

function placeOf(row: Row): string {
  return `${numberIn(row, 'shard')}/${numberIn(row, 'room_nid')}`;
}

const LIST_SERVERS: Statement = { name: 'list-server-names', text: 'select server_name from hosted_servers' };
const FIND_KNOWN = `
  select room_id, false as is_leaving from rooms where room_id = any($1::text[])
  union all select room_id, true from removed_rooms where room_id = any($1::text[])
  union all select room_id, false from room_imports where room_id = any($1::text[])
  union all select room_id, false from blocked_rooms where room_id = any($1::text[]) and server_name in ('', $2)`;
