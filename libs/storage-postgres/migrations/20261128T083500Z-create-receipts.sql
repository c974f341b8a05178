-- owner: event-persister
-- area: rooms

-- How far users of hosted servers have read, the newest of each kind and thread.
create table receipts (
  shard integer not null,
  user_id text not null,
  room_nid bigint not null,
  -- m.read or m.read.private; empty: what the user's own events imply.
  receipt_type text not null,
  -- The id of the thread's root, main, or empty for all of the room.
  thread_id text not null,
  -- Of the row in the room log that brought it; null where it is implied.
  position bigint,
  event_id text not null,
  -- Of the event's row in the room log; 0 where it has none.
  event_position bigint not null,
  -- Milliseconds since the epoch.
  set_at bigint not null,
  -- How many events of the room up to that one notify everybody, and how many of these are in threads.
  notify_count bigint not null default 0,
  thread_notify_count bigint not null default 0,
  primary key (shard, user_id, room_nid, receipt_type, thread_id)
) with (fillfactor = 80);
create index receipts_by_room on receipts (shard, room_nid, position);
