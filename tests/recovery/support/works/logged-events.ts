import type { Deployment } from '../../../../scripts/cluster/deployment.ts';
import type { Json } from '../../../support/matrix-client.ts';
import { query } from '../owners.ts';

/** An event of the log. */
export interface LoggedEvent {
  readonly roomId: string;
  readonly stateKey: string | undefined;
  readonly content: Json;
}

/** All events of a type that the logs have, in the order of each room. */
export async function loggedEvents(deployment: Deployment, type: string): Promise<LoggedEvent[]> {
  const rows = await query<{ room_id: string; event: Json }>(deployment, LOGGED, [type]);
  return rows.map(({ room_id: roomId, event }) => ({
    roomId,
    stateKey: typeof event['state_key'] === 'string' ? event['state_key'] : undefined,
    content: contentOf(event),
  }));
}

/** How many members of a room have this membership, as the projection of memberships has it. */
export async function countMembers(deployment: Deployment, roomId: string, membership: string): Promise<number> {
  const text = 'select count(*) from user_rooms where room_id = $1 and membership = $2';
  return Number((await query<{ count: string }>(deployment, text, [roomId, membership]))[0]?.count);
}

/** How many rooms a user is in. */
export async function countRooms(deployment: Deployment, userId: string, membership: string): Promise<number> {
  const text = 'select count(*) from user_rooms where user_id = $1 and membership = $2';
  return Number((await query<{ count: string }>(deployment, text, [userId, membership]))[0]?.count);
}

/** Shards whose log is not dense, or not published. */
export async function brokenShards(deployment: Deployment): Promise<string[]> {
  const rows = await query<{ shard: number; position: string; published: string; rows: string }>(deployment, SHARDS);
  return rows.flatMap(({ shard, position, published, rows: count }) =>
    position === count && position === published
      ? []
      : [`shard ${shard}: ${count} rows up to ${position}, published up to ${published}`],
  );
}

function contentOf({ content }: Json): Json {
  return typeof content === 'object' && content !== null ? { ...content } : {};
}

const LOGGED = `select room_id, event from (
    select r.room_id, l.shard, l.position, convert_from(e.json, 'UTF8')::jsonb as event from room_log l
    join rooms r using (shard, room_nid) join events e on e.shard = l.shard and e.event_nid = l.event_nid
  ) as logged where event ->> 'type' = $1 order by shard, position`;

const SHARDS = `select shard, position, published, (select count(*) from room_log l where l.shard = s.shard) as rows
  from room_shards s where position > 0 order by shard`;
