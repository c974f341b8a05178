-- owner: event-persister
-- area: rooms

-- How many events of the room notify everybody who has the predefined push rules, and how many of these are in threads.
alter table rooms
  add column notify_count bigint not null default 0,
  add column thread_notify_count bigint not null default 0;

alter table events
  -- The room's counts with this event; null where it is not counted.
  add column notify_count bigint,
  add column thread_notify_count bigint,
  -- 1: notifies everybody, 2: is a highlight for everybody, 4: its sender joins with it.
  add column unread_flags smallint,
  -- The thread's root; null in the main timeline.
  add column thread_id text;
create index events_in_threads on events (shard, room_nid, stream_position) where thread_id is not null;

-- Events that are a highlight for one user, or for everybody.
create table highlights (
  shard integer not null,
  room_nid bigint not null,
  -- Empty: everybody.
  user_id text not null,
  -- Of the event's row in the room log.
  position bigint not null,
  thread_id text,
  -- Whether the event notifies everybody, and so is in the room's count.
  is_counted boolean not null,
  primary key (shard, room_nid, user_id, position)
);

-- Up to which position what users' own events imply is in receipts.
create table read_progress (
  shard integer primary key,
  position bigint not null
) with (fillfactor = 50);
