-- owner: appservice-sender
-- area: accounts

-- How far each source of items is read: a room shard's log, the changes of device lists.
create table appservice_positions (
  source text primary key,
  generation integer not null,
  position bigint not null
) with (fillfactor = 20);

-- Memberships of users of application services, made of the room log by whoever distributes it.
create table appservice_members (
  appservice_id text not null,
  room_shard integer not null,
  room_nid bigint not null,
  user_id text not null,
  is_joined boolean not null,
  -- Of the row of the room log that says so.
  position bigint not null,
  primary key (appservice_id, room_shard, room_nid, user_id)
) with (fillfactor = 80);
create index appservice_members_by_room on appservice_members (room_shard, room_nid, appservice_id) where is_joined;

-- For which namespaces, and in which generation, memberships that were there before a registration are among appservice_members.
create table appservice_projections (
  appservice_id text primary key,
  namespaces text not null,
  generation integer not null
);

-- Up to where the stream of a user was read for a device of an application service's user.
create table appservice_inboxes (
  appservice_id text not null,
  user_id text not null,
  device_id text not null,
  position bigint not null,
  primary key (appservice_id, user_id, device_id)
) with (fillfactor = 80);

-- The number of the last item of each queue. Whoever adds items holds this row until the commit: numbers are dense, in commit order.
create table appservice_streams (
  appservice_id text primary key,
  last_seq bigint not null
) with (fillfactor = 20);

-- What application services are to be sent, and for some time what they were sent.
create table appservice_items (
  appservice_id text not null,
  seq bigint not null,
  -- 0 event, 1 ephemeral, 2 to-device message, 3 changed device list.
  kind smallint not null,
  -- An event that is stored: where.
  room_shard integer,
  room_nid bigint,
  room_version text,
  event_nid bigint,
  -- Else what is sent, as JSON; of a device list the user's id.
  payload text,
  appended_at timestamptz not null default now(),
  primary key (appservice_id, seq)
);

-- Ownership of a shard of queues.
create table appservice_shards (
  shard integer primary key,
  epoch bigint not null,
  owner_address text
) with (fillfactor = 20);

create table appservice_queues (
  appservice_id text primary key,
  shard integer not null,
  -- Raised by each change: one that arrives late changes nothing.
  version bigint not null default 0,
  -- Items up to this one are sent, or in the transaction that is under way.
  taken_seq bigint not null default 0,
  is_paused boolean not null default false,
  -- How often in a row a transaction was not taken; 0: it is up.
  failures integer not null default 0,
  -- When to try next; null: at once.
  due_at timestamptz,
  -- Milliseconds since the epoch.
  failing_since bigint,
  last_error text,
  last_sent_at bigint
) with (fillfactor = 50);
create index appservice_queues_by_shard on appservice_queues (shard);

-- The one transaction that is under way to an application service: stored before its first attempt, so that a repeated one is the same.
create table appservice_transactions (
  appservice_id text primary key,
  transaction_id text not null,
  -- The items in it.
  after_seq bigint not null,
  up_to_seq bigint not null,
  events integer not null,
  ephemeral integer not null,
  to_device integer not null,
  -- As it is sent.
  body bytea not null
);
