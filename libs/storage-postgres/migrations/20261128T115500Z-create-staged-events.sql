-- owner: federation-sender
-- area: rooms

-- Events from other servers' answers, until the owner of their room has taken them.
create table staged_events (
  shard integer not null,
  import_id text not null,
  ordinal integer not null,
  -- 0 auth chain, 1 state, 2 timeline.
  part smallint not null,
  event_id text not null,
  -- Canonical JSON.
  json bytea not null,
  staged_at timestamptz not null default now(),
  primary key (shard, import_id, ordinal)
);
create index staged_events_by_age on staged_events using brin (staged_at);
