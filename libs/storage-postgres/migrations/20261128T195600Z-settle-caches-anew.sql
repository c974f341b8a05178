-- owner: storage-postgres
-- area: accounts

-- What a new generation of the deployment comes to here: who owned queues owns them no longer, and no cache goes on with what it has: its next
-- generation has no home yet.
create or replace function begin_generation(new_generation integer) returns void language plpgsql as $$
begin
  update destination_shards set epoch = greatest(epoch + 1, new_generation::bigint << 16), owner_address = null;
  update appservice_shards set epoch = greatest(epoch + 1, new_generation::bigint << 16), owner_address = null;
  update account_event_publications set publisher = null, leased_until = null;
  update cache_generation set generation = greatest(generation + 1, new_generation::bigint << 16), is_settled = false;
end $$;

create or replace function drop_caches() returns void language sql as $$
  update cache_generation set generation = generation + 1, is_settled = false
$$;
