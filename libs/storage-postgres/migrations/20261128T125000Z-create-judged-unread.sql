-- owner: sync
-- area: accounts

-- Rooms whose unread events are judged one by one for users with push rules of their own: from where to where.
create table judged_rooms (
  user_id text not null,
  shard integer not null,
  room_nid bigint not null,
  -- Names the rules, and what they are compared with.
  rules text not null,
  judged_after bigint not null,
  judged_up_to bigint not null,
  used_at timestamptz not null default now(),
  primary key (user_id, shard, room_nid)
) with (fillfactor = 80);
create index judged_rooms_by_use on judged_rooms (used_at);

-- Events among them that these rules judge otherwise than the usual ones, by their positions in the log.
create table judged_events (
  user_id text not null,
  shard integer not null,
  room_nid bigint not null,
  position bigint not null,
  thread_id text,
  notify smallint not null,
  highlight smallint not null,
  primary key (user_id, shard, room_nid, position)
);
