-- owner: event-persister
-- area: rooms

-- Takes numbers of a shard, so that nobody else gives them out: those that follow the ones that are returned. The row of the log is a tombstone of no
-- room: because of it the shard's owner finds, before it writes again, that its row is other than remembered, and reads it anew.
create function reserve_numbers(of_shard integer, rooms_wanted bigint, events_wanted bigint, nodes_wanted bigint)
returns table (last_room_nid bigint, last_event_nid bigint, last_node_nid bigint) language plpgsql as $$
declare
  reached room_shards%rowtype;
begin
  update room_shards s set
    position = s.position + 1, last_room_nid = s.last_room_nid + rooms_wanted, last_event_nid = s.last_event_nid + events_wanted,
    last_node_nid = s.last_node_nid + nodes_wanted
  where s.shard = of_shard returning s.* into strict reached;
  insert into room_log (shard, position, room_nid, kind, previous_root, current_root)
  values (of_shard, reached.position, 0, 4, 0, 0);
  return query select reached.last_room_nid - rooms_wanted, reached.last_event_nid - events_wanted,
    reached.last_node_nid - nodes_wanted;
end $$;

-- Rooms whose other rows are there begin, each with a row of the log that brings its state; `brought` are rows of `rooms`.
create function begin_restored_rooms(of_shard integer, brought json) returns void language plpgsql as $$
declare
  reached bigint;
begin
  select s.position into strict reached from room_shards s where s.shard = of_shard for update;
  insert into rooms select * from json_populate_recordset(null::rooms, brought);
  insert into room_log (shard, position, room_nid, kind, previous_root, current_root)
  select of_shard, reached + row_number() over (order by b.room_nid), b.room_nid, 2, 0, b.current_root
  from json_populate_recordset(null::rooms, brought) b;
  update room_servers r set joined_at = reached
  from json_populate_recordset(null::rooms, brought) b where r.shard = of_shard and r.room_nid = b.room_nid;
  update receipts r set position = l.position
  from room_log l
  where l.shard = of_shard and l.position > reached and r.shard = of_shard and r.room_nid = l.room_nid and r.receipt_type <> '';
  update room_shards s set position = reached + json_array_length(brought) where s.shard = of_shard;
end $$;

-- What was done in these rooms after the backup may be done again: they leave no first result to be found.
create function forget_room_commands(of_shard integer, room_nids bigint[]) returns void language sql as $$
  delete from room_commands where shard = of_shard and room_nid = any(room_nids)
$$;
