-- owner: storage-postgres
-- area: accounts

-- As `lineage` of the deployment, of the Postgres that has the accounts.
create table account_lineage (
  singleton boolean primary key default true check (singleton),
  lineage text
);
insert into account_lineage (lineage) values (null);

create or replace function postgres_lineage() returns text language plpgsql stable as $$
begin
  return (select system_identifier from pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8);
exception when insufficient_privilege or feature_not_supported or undefined_function then
  return null;
end $$;

-- What a new generation comes to here: who owned queues owns them no longer, and no cache goes on with what it has.
create function begin_generation(new_generation integer) returns void language plpgsql as $$
begin
  update destination_shards set epoch = greatest(epoch + 1, new_generation::bigint << 16), owner_address = null;
  update appservice_shards set epoch = greatest(epoch + 1, new_generation::bigint << 16), owner_address = null;
  update account_event_publications set publisher = null, leased_until = null;
  update cache_generation set generation = greatest(generation + 1, new_generation::bigint << 16);
end $$;

-- As `move_lineage` of the deployment.
create function move_account_lineage(former text, present text) returns boolean language plpgsql as $$
begin
  update account_lineage set lineage = present where lineage is not distinct from former;
  return found;
end $$;

create function note_account_lineage(present text) returns void language sql as $$
  update account_lineage set lineage = coalesce(present, lineage)
$$;

-- Streams of users whose ids end so go on where no position was ever given: seconds since 2026, with room for some thousand items in each.
create function advance_user_streams(ending text) returns void language sql as $$
  update user_streams set
    position = greatest(position, (extract(epoch from clock_timestamp())::bigint - 1767225600) << 12)
  where right(user_id, length(ending)) = ending
$$;

-- No cache goes on with what it has.
create function drop_caches() returns void language sql as $$
  update cache_generation set generation = generation + 1
$$;
