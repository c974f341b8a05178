-- owner: event-persister
-- area: rooms

-- When the row was committed, by Postgres's clock: what a purge up to a time goes by, because servers may claim any time of their events.
alter table room_log add column stored_at timestamptz not null default now();

-- Events that a purge has kept with the state before them: redactions of what is still there.
create index events_kept_with_state on events (shard, room_nid, event_nid)
  where topological_position is null and state_before is not null;
