-- owner: event-persister
-- area: rooms

-- Ownership and counters of a shard. Every transaction of the owner begins with a conditional update of this row.
create table room_shards (
  shard integer primary key,
  epoch bigint not null default 0,
  owner_address text,
  owner_backend_pid integer,
  -- Last position of the room log.
  position bigint not null default 0,
  -- Up to which position the log is published to room.events.
  published bigint not null default 0,
  -- Up to which position memberships are projected into user_rooms.
  projected bigint not null default 0,
  -- Next offset of federation.pdus, and the making of the topic that it belongs to.
  inbound_offset bigint not null default 0,
  inbound_incarnation text not null default '',
  last_room_nid bigint not null default 0,
  last_event_nid bigint not null default 0,
  last_node_nid bigint not null default 0
) with (fillfactor = 20, autovacuum_vacuum_threshold = 1000);

-- Begins every unit of work of a shard's owner: all shards are still owned and as their owner left them, or the transaction fails
-- with PX001. Rows are locked in the order of the arrays, which is that of the shards, and held to the commit.
create function advance_room_shards(
  shards integer[], epochs bigint[], positions_before bigint[], positions bigint[], room_nids bigint[], event_nids bigint[],
  node_nids bigint[], publishes bigint[], projections bigint[], offsets bigint[], incarnations text[], is_fenced boolean
) returns void language plpgsql as $$
begin
  for i in 1 .. cardinality(shards) loop
    update room_shards set
      position = positions[i], last_room_nid = room_nids[i], last_event_nid = event_nids[i], last_node_nid = node_nids[i],
      published = publishes[i], projected = projections[i], inbound_offset = offsets[i], inbound_incarnation = incarnations[i]
    where shard = shards[i] and (not is_fenced or (epoch = epochs[i] and position = positions_before[i]));
    if not found then
      raise exception 'room shard % is not ours', shards[i] using errcode = 'PX001';
    end if;
  end loop;
end $$;

create table rooms (
  shard integer not null,
  room_nid bigint not null,
  room_id text not null,
  room_version text not null,
  -- Root of the current state in state_nodes; 0 is the empty state.
  current_root bigint not null,
  -- Numbers of the events that no stored event refers to.
  forward_extremities bigint[] not null,
  -- Greatest depth among the forward extremities.
  depth bigint not null,
  -- Last topological position given to an event.
  topological_position bigint not null,
  joined_count integer not null default 0,
  invited_count integer not null default 0,
  -- How often events or rows of the log were removed, and how often they had been when nodes of the state trie that are in no state
  -- any more were last cleared away.
  removals bigint not null default 0,
  removals_cleared bigint not null default 0,
  primary key (shard, room_nid),
  unique (shard, room_id)
) with (fillfactor = 50);
create index rooms_with_garbage on rooms (shard, room_nid) where removals <> removals_cleared;

create table events (
  shard integer not null,
  event_nid bigint not null,
  room_nid bigint not null,
  -- Null on outliers: they have no known place.
  topological_position bigint,
  -- Null on outliers, backfilled, rejected and soft-failed events.
  stream_position bigint,
  state_before bigint,
  state_after bigint,
  -- 1 + the greatest among its auth events, 0 without any.
  auth_depth integer not null,
  -- 0 accepted, 1 rejected, 2 soft-failed.
  status smallint not null default 0,
  event_id text not null,
  -- Canonical JSON.
  json bytea not null,
  primary key (shard, event_nid)
);
create unique index events_by_id on events (shard, event_id);
create index events_by_topology on events (shard, room_nid, topological_position, event_nid) where topological_position is not null;

-- Which state events cite which event in auth_events.
create table auth_edges (
  shard integer not null,
  auth_event_nid bigint not null,
  event_nid bigint not null,
  primary key (shard, auth_event_nid, event_nid)
);

-- Events that a stored event names in prev_events and that are not stored.
create table backward_extremities (
  shard integer not null,
  room_nid bigint not null,
  missing_event_id text not null,
  event_nid bigint not null,
  primary key (shard, room_nid, missing_event_id, event_nid)
);

-- What redacts what, kept apart so that a redaction may arrive first.
create table redactions (
  shard integer not null,
  redacts_event_id text not null,
  redaction_event_nid bigint not null,
  primary key (shard, redacts_event_id, redaction_event_nid)
);

-- Nodes of the state tries, immutable.
create table state_nodes (
  shard integer not null,
  room_nid bigint not null,
  node_nid bigint not null,
  body bytea not null,
  primary key (shard, room_nid, node_nid)
);

-- The outbox: what happened in the shard, dense and in commit order.
create table room_log (
  shard integer not null,
  position bigint not null,
  room_nid bigint not null,
  kind smallint not null,
  event_nid bigint,
  -- The room's current state before and after this row.
  previous_root bigint not null,
  current_root bigint not null,
  -- Of rows without an event.
  body bytea,
  -- Of the command that made the event: for `unsigned.transaction_id`.
  transaction_id text,
  sender_device_id text,
  primary key (shard, position)
);
create index room_log_by_room on room_log (shard, room_nid, position);

-- Whoever removes what names a state leaves nodes behind that may be in no other.
create function count_room_removals() returns trigger language plpgsql as $$
begin
  update rooms r set removals = r.removals + 1
  from (select distinct shard, room_nid from removed) as touched
  where r.shard = touched.shard and r.room_nid = touched.room_nid;
  return null;
end $$;
create trigger events_removed after delete on events
  referencing old table as removed for each statement execute function count_room_removals();
create trigger room_log_removed after delete on room_log
  referencing old table as removed for each statement execute function count_room_removals();

-- Commands that had an effect, so that a repeated one finds its first result.
create table room_commands (
  shard integer not null,
  command_id text not null,
  room_nid bigint not null,
  event_nids bigint[] not null,
  position bigint not null,
  executed_at timestamptz not null default now(),
  primary key (shard, command_id)
);
create index room_commands_by_age on room_commands using brin (executed_at);

-- How many users each server has joined to the room: residency, hosted servers' and others'.
create table room_servers (
  shard integer not null,
  room_nid bigint not null,
  server_name text not null,
  joined_count integer not null,
  primary key (shard, room_nid, server_name)
);

-- PDUs that wait for events that have not arrived or, where none is missing, for their turn in a busy room.
create table parked_pdus (
  shard integer not null,
  parked_nid bigint generated always as identity,
  room_id text not null,
  event_id text not null,
  origin text not null,
  destination text not null,
  missing_event_ids text[] not null,
  record bytea not null,
  parked_at timestamptz not null default now(),
  primary key (shard, event_id)
);
create index parked_pdus_by_room on parked_pdus (shard, room_id);

-- Inputs that fail deterministically, set aside for an operator.
create table dead_letters (
  shard integer not null,
  dead_letter_nid bigint generated always as identity,
  source text not null,
  room_id text not null,
  event_id text,
  origin text,
  error text not null,
  record bytea not null,
  attempts integer not null default 1,
  set_aside_at timestamptz not null default now(),
  primary key (shard, dead_letter_nid)
);
