-- owner: plexus
-- area: rooms

-- Which Postgres the rows were on when somebody looked last: the cluster's identifier and its timeline. A standby that is promoted begins another
-- timeline, a restored cluster too; null where nobody has looked yet.
alter table deployment add column lineage text;

-- In which generation the rows of the shard's log after the last one are written.
alter table room_shards add column generation integer not null default 1;

-- Where each generation but the first began: rows of an earlier one beyond this position are lost.
create table generation_starts (
  generation integer not null,
  shard integer not null,
  position bigint not null,
  primary key (generation, shard)
);

-- Null where this Postgres does not say.
create or replace function postgres_lineage() returns text language plpgsql stable as $$
begin
  return (select system_identifier from pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8);
exception when insufficient_privilege or feature_not_supported or undefined_function then
  return null;
end $$;

-- The number of the next generation: seconds since 2026, so that it was never given before, not even by what a restore has forgotten.
create function next_generation() returns integer language sql as $$
  select greatest(generation + 1, extract(epoch from clock_timestamp())::bigint - 1767225600)::integer from deployment
$$;

-- Begins a generation. Epochs and numbers of rows go on where none was ever given: who owned a shard owns it no longer, and what caches and
-- other tables keep of rows that are lost names no other row.
create function raise_generation(new_generation integer, new_lineage text) returns void language plpgsql as $$
begin
  perform from deployment for update;
  perform from room_shards order by shard for update;
  update room_shards set
    generation = new_generation, epoch = greatest(epoch + 1, new_generation::bigint << 16), owner_address = null,
    owner_backend_pid = null,
    last_room_nid = greatest(last_room_nid, new_generation::bigint << 16),
    last_event_nid = greatest(last_event_nid, new_generation::bigint << 16),
    last_node_nid = greatest(last_node_nid, new_generation::bigint << 16);
  update topic_partitions set next_offset = greatest(next_offset, new_generation::bigint << 16);
  insert into generation_starts (generation, shard, position) select new_generation, shard, position from room_shards;
  update deployment set generation = new_generation, lineage = coalesce(new_lineage, lineage);
end $$;

-- Notes on which Postgres the rows are, if it was not noted meanwhile by somebody else; whether it was.
create function move_lineage(former text, present text) returns boolean language plpgsql as $$
begin
  update deployment set lineage = present where lineage is not distinct from former;
  return found;
end $$;

-- What is settled when rows were restored from a backup: nobody owns a shard, memberships that were projected later than the accounts were read
-- are projected again, and whoever connects first finds another Postgres than that of the backup.
create function settle_restored(projected_before bigint[]) returns void language plpgsql as $$
begin
  update room_shards set
    owner_address = null, owner_backend_pid = null,
    projected = least(projected, coalesce(projected_before[shard + 1], projected));
  update deployment set lineage = 'backup';
end $$;
