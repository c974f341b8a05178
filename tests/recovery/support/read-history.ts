import { Client } from 'pg';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import type { History, LoggedEvent, RowWithoutEvent, ShardEnd } from '../../support/faults/history.ts';
import { MARKER } from './actor.ts';
import { query } from './owners.ts';
import { recordOf, textIn } from './room-view.ts';

export type StoredHistory = Pick<History, 'shards' | 'log' | 'rowsWithoutEvent'>;

/** The log of every shard as Postgres has it. */
export async function readStoredHistory({ addresses }: Pick<Deployment, 'addresses'>): Promise<StoredHistory> {
  const client = new Client({ connectionString: addresses.postgres, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read');
    const shards = await client.query<ShardRow>(SHARDS);
    const log = await client.query<LogRow>(LOG);
    return {
      shards: shards.rows.map(shardEndOf),
      log: log.rows.filter(hasEvent).map(loggedEventOf),
      rowsWithoutEvent: log.rows.filter((row) => !hasEvent(row)).map(placeOf),
    };
  } finally {
    await client.end();
  }
}

/** How far each shard's log goes: every row that is added to one raises its position. */
export async function readShardEnds(deployment: Pick<Deployment, 'addresses'>): Promise<ShardEnd[]> {
  return (await query<ShardRow>(deployment, SHARDS)).map(shardEndOf);
}

type ShardRow = { readonly [Key in keyof ShardEnd]: string };

interface LogRow {
  readonly shard: number;
  readonly position: string;
  readonly kind: number;
  readonly room_id: string | null;
  readonly event_id: string | null;
  readonly json: Buffer | null;
}

type EventRow = LogRow & { readonly room_id: string; readonly event_id: string; readonly json: Buffer };

const SHARDS = 'select shard, position, published from room_shards order by shard';

const LOG = `select l.shard, l.position, l.kind, r.room_id, e.event_id, e.json from room_log l
  left join rooms r using (shard, room_nid) left join events e on e.shard = l.shard and e.event_nid = l.event_nid
  order by l.shard, l.position`;

function shardEndOf(row: ShardRow): ShardEnd {
  return { shard: Number(row.shard), position: Number(row.position), published: Number(row.published) };
}

function hasEvent(row: LogRow): row is EventRow {
  return row.room_id !== null && row.event_id !== null && row.json !== null;
}

function placeOf({ shard, position, kind, room_id: roomId }: LogRow): RowWithoutEvent {
  return { shard, position: Number(position), kind, roomId: roomId ?? undefined };
}

function loggedEventOf(row: EventRow): LoggedEvent {
  const event = recordOf(JSON.parse(row.json.toString()));
  const content = recordOf(event['content']);
  return {
    shard: row.shard,
    position: Number(row.position),
    roomId: row.room_id,
    eventId: row.event_id,
    type: textIn(event, 'type') ?? '',
    stateKey: textIn(event, 'state_key'),
    sender: textIn(event, 'sender') ?? '',
    membership: textIn(content, 'membership'),
    marker: textIn(content, MARKER) ?? textIn(content, 'reason'),
    prevEvents: previousOf(event['prev_events']),
  };
}

/** In room versions 1 and 2 each is a pair of id and hashes. */
export function previousOf(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((previous) => String(Array.isArray(previous) ? previous[0] : previous));
}
