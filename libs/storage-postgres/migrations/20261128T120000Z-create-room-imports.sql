-- owner: event-persister
-- area: rooms

-- Rooms that are on their way here from other servers: they have a number, and nobody sees them before the last piece is stored.
create table room_imports (
  shard integer not null,
  room_id text not null,
  room_nid bigint not null,
  -- Of what of the state is stored so far, so that it is not collected.
  state_root bigint not null default 0,
  begun_at timestamptz not null default now(),
  primary key (shard, room_id)
);

-- How far history goes back is asked of the event that is missing, too.
create index backward_extremities_by_event on backward_extremities (shard, event_nid);
