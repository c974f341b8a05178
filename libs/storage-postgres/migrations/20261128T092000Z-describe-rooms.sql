-- owner: client-api
-- area: rooms

-- What administrators sort and search rooms by: as of a root of the room's state, brought up to date when the list is read.
create table room_descriptions (
  shard integer not null,
  room_nid bigint not null,
  -- Of the state that is described.
  root bigint not null,
  name text,
  canonical_alias text,
  creator text,
  encryption text,
  is_federatable boolean not null,
  join_rule text,
  guest_access text,
  history_visibility text,
  room_type text,
  state_events integer not null,
  primary key (shard, room_nid)
) with (fillfactor = 80);
