-- owner: federation-sender
-- area: rooms

-- Rooms that were joined without all of their members: whose state is to be fetched.
create table partial_joins (
  shard integer not null,
  room_id text not null,
  room_version text not null,
  -- The hosted server that joined, and the server that let it in.
  destination text not null,
  server_name text not null,
  join_event_id text not null,
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  primary key (shard, room_id)
);
create index partial_joins_by_due on partial_joins (due_at);
