-- owner: event-persister
-- area: rooms

-- Rooms that are gone and of which something may be left: their rows go a piece at a time.
create table removed_rooms (
  shard integer not null,
  room_nid bigint not null,
  room_id text not null,
  -- The hosted server whose removal took the last resident away.
  removed_for text not null,
  removed_at timestamptz not null default now(),
  primary key (shard, room_nid)
);
