-- owner: event-persister
-- area: rooms

-- The texts of events, for searching: filled from the room log in the background.
create table event_search (
  shard integer not null,
  event_nid bigint not null,
  room_nid bigint not null,
  sender text not null,
  -- 0 content.body, 1 content.name, 2 content.topic.
  key smallint not null,
  origin_server_ts bigint not null,
  -- The words, and the room as one more: `ROOM <shard> <room>`, which no text has.
  vector tsvector not null,
  primary key (shard, event_nid)
);
create index event_search_by_word on event_search using gin (vector);

-- Up to which position of its log each shard is in the index, and in which language.
create table search_progress (
  shard integer primary key,
  position bigint not null,
  language text not null
) with (fillfactor = 20);

create function remove_event_search() returns trigger language plpgsql as $$
begin
  delete from event_search s using removed where s.shard = removed.shard and s.event_nid = removed.event_nid;
  return null;
end $$;
create trigger events_removed_with_search after delete on events
  referencing old table as removed for each statement execute function remove_event_search();
