-- owner: notices
-- area: accounts

-- The room in which a user gets notices of their server: each user has one. The create event is kept before the room's owner is asked.
create table notice_rooms (
  user_id text primary key,
  server_name text not null,
  room_id text not null unique,
  room_version text not null,
  -- Canonical JSON, signed.
  create_event bytea not null,
  -- Whether the room's owner has stored it.
  is_made boolean not null default false,
  -- Name, topic and pictures that the room and its sender have, and how often they were changed.
  look jsonb not null default '{}',
  look_version integer not null default 0,
  -- The notice of a reached limit, while it is pinned.
  limit_event_id text,
  created_at timestamptz not null default now()
) with (fillfactor = 80);
create index notice_rooms_with_limit on notice_rooms (server_name, user_id) where limit_event_id is not null;

-- Notices that are sent once, however often they are asked for.
create table notice_deliveries (
  notice_id text primary key,
  user_id text not null,
  -- Null: it is under way.
  event_id text,
  begun_at timestamptz not null default now(),
  -- When it may be forgotten; null: never.
  expires_at timestamptz
);
create index notice_deliveries_by_user on notice_deliveries (user_id);
create index notice_deliveries_by_expiry on notice_deliveries (expires_at) where expires_at is not null;

-- Users of whom it is to be found out whether they have to be told something.
create table notice_checks (
  user_id text primary key,
  -- Who looks, and when somebody else may.
  claim text,
  due_at timestamptz not null default now()
);
create index notice_checks_due on notice_checks (due_at);

-- The last event of accounts that was taken, by partition.
create table notice_positions (
  partition integer primary key,
  position bigint not null
);

-- A notice to many users of a hosted server.
create table broadcasts (
  broadcast_id text primary key,
  server_name text not null,
  requested_by text not null,
  event_type text not null,
  -- JSON text, as it came.
  content text not null,
  -- Whom it is for.
  audience jsonb not null,
  per_second double precision not null,
  -- active, paused, complete or cancelled.
  status text not null default 'active',
  -- Recipients are written down in the order of their ids; this was the last one.
  listed_to text not null default '',
  is_listed boolean not null default false,
  recipients bigint not null default 0,
  sent bigint not null default 0,
  failed bigint not null default 0,
  -- When the next of them may be sent to.
  next_turn_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  finished_at timestamptz
) with (fillfactor = 70);
create index broadcasts_open on broadcasts (next_turn_at) where finished_at is null;
create index broadcasts_by_server on broadcasts (server_name, created_at);

create table broadcast_recipients (
  broadcast_id text not null,
  user_id text not null,
  -- Who sends to them, and until when.
  claim text,
  claimed_until timestamptz,
  -- sent or failed; null: not yet.
  outcome text,
  event_id text,
  error text,
  primary key (broadcast_id, user_id)
) with (fillfactor = 80);
create index broadcast_recipients_waiting on broadcast_recipients (broadcast_id, user_id) where outcome is null;

-- What was last counted of a hosted server's users and rooms.
create table usage_counts (
  server_name text primary key,
  counts jsonb not null,
  counted_at timestamptz not null default now()
);

-- What one replica does for all from time to time, and when it is next due.
create table notices_turns (
  name text primary key,
  next_at timestamptz not null
);

-- Where each replica of notices takes questions, and when it last gave a sign of life.
create table notices_replicas (
  address text primary key,
  alive_at timestamptz not null default now()
);
