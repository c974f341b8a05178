-- owner: event-persister
-- area: accounts

-- Projection of what describes a room: of listed rooms, and of rooms that anybody may join or read. Guarded by position.
create table room_summaries (
  room_id text primary key,
  shard integer not null,
  room_nid bigint not null,
  -- Of the row in the shard's room log as of which it is, or of a later one.
  position bigint not null,
  room_version text not null,
  -- Kept up to date where the room is listed.
  joined_count integer not null,
  name text,
  topic text,
  canonical_alias text,
  avatar_url text,
  join_rule text,
  room_type text,
  encryption text,
  is_world_readable boolean not null,
  guests_can_join boolean not null,
  -- Anybody may join or read.
  is_public boolean not null,
  -- Of name, topic and alias.
  search_words tsvector not null
) with (fillfactor = 80);
create index room_summaries_by_search_words on room_summaries using gin (search_words);
