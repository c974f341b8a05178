-- owner: federation-sender
-- area: accounts

-- Up to which position of each room shard's log the destinations of events are written to federation.outbound.
create table outbound_positions (
  room_shard integer primary key,
  generation integer not null,
  position bigint not null
) with (fillfactor = 20);

-- Ownership of a shard of destinations, and how far it has read federation.outbound.
create table destination_shards (
  shard integer primary key,
  epoch bigint not null default 0,
  owner_address text,
  -- Raised by each change of the owner: one that arrives late changes nothing.
  step bigint not null default 0,
  next_offset bigint not null default 0,
  -- The making of the topic that the offset is of.
  incarnation text not null default '',
  -- Of which room shards' positions the records before the offset were, and the generation of these.
  seen jsonb not null default '{}',
  generation integer not null default 0
) with (fillfactor = 20);

-- What a hosted server has to do with another server that it sent something to. All that there is of a queue that is idle.
create table destinations (
  shard integer not null,
  origin text not null,
  destination text not null,
  -- Records before this offset are taken out of the queue.
  taken_offset bigint not null,
  taken_incarnation text not null,
  -- What is to be sent is in destination_rooms.
  is_behind boolean not null,
  -- When to try next; null where there is nothing to do.
  due_at timestamptz,
  -- Of the back-off; 0: the last attempt went well. Times are in milliseconds since the epoch.
  retry_interval_ms bigint not null,
  retry_last_at bigint not null,
  failing_since bigint,
  -- Of the last event that the destination took: its position in its room shard's log.
  last_sent_position bigint,
  primary key (shard, origin, destination)
) with (fillfactor = 70);
create index destinations_due on destinations (shard, due_at) where due_at is not null;
create index destinations_by_name on destinations (destination);

-- The newest event of each room that a destination that is behind has not got.
create table destination_rooms (
  shard integer not null,
  origin text not null,
  destination text not null,
  room_shard integer not null,
  room_nid bigint not null,
  room_id text not null,
  event_nid bigint not null,
  position bigint not null,
  primary key (shard, origin, destination, room_shard, room_nid)
);

-- The one transaction that is under way to a destination: stored before its first attempt, so that a repeated one is the same.
create table outgoing_transactions (
  shard integer not null,
  origin text not null,
  destination text not null,
  transaction_id text not null,
  origin_server_ts bigint not null,
  is_catch_up boolean not null,
  -- References to events: shard, number and id of the room, number and position of the event.
  pdus jsonb not null,
  -- The array of EDUs as it is sent, and which rows of outgoing_edus are in it.
  edus text not null,
  edu_nids bigint[] not null,
  primary key (shard, origin, destination)
);

-- EDUs that must not be lost, until their destination has them. Any app adds some, through one repository.
create table outgoing_edus (
  shard integer not null,
  edu_nid bigint generated always as identity,
  origin text not null,
  destination text not null,
  -- What there is one waiting EDU of at most.
  key text not null,
  -- Canonical JSON.
  edu text not null,
  primary key (shard, origin, destination, edu_nid),
  unique (shard, origin, destination, key)
);
create index outgoing_edus_by_number on outgoing_edus (shard, edu_nid);
