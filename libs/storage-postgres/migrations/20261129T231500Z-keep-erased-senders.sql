-- owner: event-persister
-- area: rooms

-- Whose events of a room are stored redacted: those up to this depth, whenever they come. It outlives the events and the room, which other servers may
-- send again.
create table erased_senders (
  shard integer not null,
  room_id text not null,
  user_id text not null,
  up_to_depth bigint not null,
  erased_at timestamptz not null default now(),
  primary key (shard, room_id, user_id)
);
