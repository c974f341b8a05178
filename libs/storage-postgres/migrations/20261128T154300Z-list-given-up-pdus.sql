-- owner: event-persister
-- area: rooms

-- PDUs that waited for events which nobody has, and were given up: for administrators. A later copy is processed afresh.
create table given_up_pdus (
  shard integer not null,
  given_up_nid bigint generated always as identity,
  room_id text not null,
  event_id text not null,
  origin text not null,
  because text not null,
  given_up_at timestamptz not null default now(),
  primary key (shard, given_up_nid)
);
create index given_up_pdus_by_time on given_up_pdus using brin (given_up_at);
