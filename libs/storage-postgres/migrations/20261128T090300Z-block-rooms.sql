-- owner: event-persister
-- area: rooms

-- Rooms that users of a hosted server may not enter, be invited to or send to, whether the room is stored or not.
create table blocked_rooms (
  shard integer not null,
  room_id text not null,
  -- Empty: of every hosted server.
  server_name text not null,
  blocked_by text not null,
  blocked_at timestamptz not null default now(),
  primary key (shard, room_id, server_name)
);
