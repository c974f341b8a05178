-- owner: event-persister
-- area: accounts

-- Rooms of which the joined members of other servers are kept, and in which state of the room they are so. Filled in the background, room by room: a
-- room without a row has not been looked at, or has no such members.
create table remote_member_rooms (
  shard integer not null,
  room_nid bigint not null,
  room_id text not null,
  -- Root of the state whose members are in remote_members.
  root bigint not null,
  -- Of the state towards which they are being changed, a piece at a time: null where they are all as root says.
  next_root bigint,
  -- Of the shard's owner who changed it last: an earlier owner changes nothing after that.
  epoch bigint not null,
  primary key (shard, room_nid)
);

create table remote_members (
  shard integer not null,
  room_nid bigint not null,
  user_id text not null,
  -- The membership event, which says the names.
  event_nid bigint not null,
  displayname text,
  avatar_url text,
  -- Of localpart and display name.
  search_words tsvector not null,
  primary key (shard, room_nid, user_id)
);
create index remote_members_by_user on remote_members (user_id);
create index remote_members_by_search_words on remote_members using gin (search_words);
