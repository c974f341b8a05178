import type { RoomWork } from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Statement } from '../../postgres/statement.ts';

export function resetResidency({ shard, roomNid }: RoomWork['residencyResets'][number]): BoundStatement {
  return { statement: RESET_RESIDENCY, values: [shard, roomNid] };
}

export function residency({ residency: changes, advances }: RoomWork): BoundStatement[] {
  if (changes.length === 0) return [];
  const advanceOf = new Map(advances.map((advance) => [advance.shard, advance]));
  return [
    {
      statement: CHANGE_RESIDENCY,
      values: [
        int4Array(changes.map(({ shard }) => shard)),
        int8Array(changes.map(({ roomNid }) => roomNid)),
        textArray(changes.map(({ serverName }) => serverName)),
        int4Array(changes.map(({ joinedDelta }) => joinedDelta)),
        int8Array(changes.map(({ shard }) => advanceOf.get(shard)?.positionBefore ?? 0)),
        int8Array(changes.map(({ shard }) => advanceOf.get(shard)?.counters.position ?? 0)),
      ],
    },
  ];
}

const RESET_RESIDENCY: Statement = {
  name: 'reset-room-servers',
  text: 'delete from room_servers where shard = $1 and room_nid = $2',
};

/** Servers come at the beginning of the unit of work and go at its end: who looks for those before an event misses none. */
const CHANGE_RESIDENCY: Statement = {
  name: 'change-room-servers',
  text: `insert into room_servers (shard, room_nid, server_name, joined_count, joined_at, left_at)
         select * from unnest($1::int[], $2::bigint[], $3::text[], $4::int[], $5::bigint[], $6::bigint[])
         on conflict (shard, room_nid, server_name) do update set
           joined_count = room_servers.joined_count + excluded.joined_count,
           joined_at = case when room_servers.joined_count <= 0 then excluded.joined_at else room_servers.joined_at end,
           left_before = case when room_servers.joined_count <= 0 then room_servers.left_at
                           else room_servers.left_before end,
           left_at = case when room_servers.joined_count > 0 and room_servers.joined_count + excluded.joined_count <= 0
                       then excluded.left_at else room_servers.left_at end`,
};
