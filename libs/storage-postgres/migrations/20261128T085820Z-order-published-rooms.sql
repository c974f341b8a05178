-- owner: client-api
-- area: accounts

-- The directory of a server is in the order of its rooms' members: the count is kept here too, by the triggers below.
alter table published_rooms add column joined_count integer not null default 0;
create index published_rooms_by_size on published_rooms (server_name, joined_count, room_id);
create index published_rooms_by_room on published_rooms (room_id);

-- The lock on the summary lets no change of it go by while the room is being published.
create function size_published_room() returns trigger language plpgsql as $$
declare counted integer;
begin
  select joined_count into counted from room_summaries where room_id = new.room_id for share;
  new.joined_count := coalesce(counted, 0);
  return new;
end $$;
create trigger published_room_sized before insert on published_rooms
  for each row execute function size_published_room();

create function resize_published_rooms() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from published_rooms where room_id = old.room_id;
  else
    update published_rooms set joined_count = new.joined_count where room_id = new.room_id;
  end if;
  return null;
end $$;
create trigger room_summary_resized after update on room_summaries
  for each row when (old.joined_count is distinct from new.joined_count) execute function resize_published_rooms();
create trigger room_summary_removed after delete on room_summaries
  for each row execute function resize_published_rooms();
