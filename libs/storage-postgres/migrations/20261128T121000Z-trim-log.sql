-- owner: event-persister
-- area: rooms

-- Up to which position receipts that are told, and tombstones of no room, are taken out of the log: a position that is missing there was
-- one of these.
alter table room_shards add column trimmed bigint not null default 0;

-- Receipts change no state: what is before and after them another row of the log names.
create function count_log_removals() returns trigger language plpgsql as $$
begin
  update rooms r set removals = r.removals + 1
  from (select distinct shard, room_nid from removed where kind <> 3) as touched
  where r.shard = touched.shard and r.room_nid = touched.room_nid;
  return null;
end $$;
drop trigger room_log_removed on room_log;
create trigger room_log_removed after delete on room_log
  referencing old table as removed for each statement execute function count_log_removals();
