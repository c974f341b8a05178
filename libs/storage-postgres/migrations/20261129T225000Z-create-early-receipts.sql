-- owner: federation-ingress
-- area: accounts

-- Receipts of other servers' users for events that are not in their rooms yet: what a process that dies has not set, another one sets. Few are here at any
-- moment, and none for longer than minutes.
create table early_receipts (
  room_id text not null,
  user_id text not null,
  -- Empty: of no thread.
  thread_id text not null,
  event_id text not null,
  -- The server that sent it.
  origin text not null,
  -- As its server says, in milliseconds since the epoch.
  set_at bigint not null,
  -- When whoever keeps it must be dead.
  due_at timestamptz not null,
  primary key (room_id, user_id, thread_id)
) with (fillfactor = 70);
create index early_receipts_by_due on early_receipts (due_at);
