-- owner: event-persister
-- area: rooms

-- Tombstones change no state either, like receipts: a purge counts for itself what it takes away.
create or replace function count_log_removals() returns trigger language plpgsql as $$
begin
  update rooms r set removals = r.removals + 1
  from (select distinct shard, room_nid from removed where kind not in (3, 4)) as touched
  where r.shard = touched.shard and r.room_nid = touched.room_nid;
  return null;
end $$;
