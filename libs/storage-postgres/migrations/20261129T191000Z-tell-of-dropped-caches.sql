-- owner: storage-postgres
-- area: accounts

-- As before, and who keeps caches in its own memory hears of it.
create or replace function drop_caches() returns void language plpgsql as $$
begin
  update cache_generation set generation = generation + 1;
  perform pg_notify('plexus_dropped_caches', '');
end $$;
