-- owner: event-persister
-- area: rooms

-- What is made up for events that were stored before there was a place for it, shard by shard. What came after the end was stored in full.
create table log_backfills (
  shard integer primary key,
  -- Up to which position of the log it is made up.
  position bigint not null,
  ends_at bigint not null
) with (fillfactor = 20);

-- Adds a piece if the shard is owned in this epoch. The shard's row is held, and each statement after that sees what was committed before: no
-- redaction falls between.
create function fill_in_log(
  of_shard integer, of_epoch bigint, up_to bigint,
  relation_nids bigint[], relation_rooms bigint[], parents text[], relation_types text[], topological_positions bigint[], event_ids text[],
  event_types text[], senders text[], times bigint[], replacements smallint[], key_hashes text[],
  highlight_rooms bigint[], user_ids text[], positions bigint[], thread_ids text[]
) returns boolean language plpgsql as $$
begin
  perform from room_shards where shard = of_shard and epoch = of_epoch for update;
  if not found then
    return false;
  end if;
  insert into event_relations (shard, event_nid, room_nid, parent_event_id, relation_type, topological_position, event_id, event_type,
    sender, origin_server_ts, is_replacement, key_hash)
  select of_shard, r.event_nid, r.room_nid, r.parent_event_id, r.relation_type, r.topological_position, r.event_id, r.event_type, r.sender,
    r.origin_server_ts, r.is_replacement = 1, r.key_hash
  from unnest(relation_nids, relation_rooms, parents, relation_types, topological_positions, event_ids, event_types, senders, times,
    replacements, key_hashes) as r (event_nid, room_nid, parent_event_id, relation_type, topological_position, event_id, event_type, sender,
    origin_server_ts, is_replacement, key_hash)
  where exists (
      select from events e where e.shard = of_shard and e.event_nid = r.event_nid and e.topological_position is not null
    ) and not exists (select from redactions d where d.shard = of_shard and d.redacts_event_id = r.event_id)
  on conflict (shard, event_nid) do nothing;
  insert into highlights (shard, room_nid, user_id, position, thread_id, is_counted)
  select of_shard, h.room_nid, h.user_id, h.position, h.thread_id, false
  from unnest(highlight_rooms, user_ids, positions, thread_ids) as h (room_nid, user_id, position, thread_id)
  where exists (select from rooms r where r.shard = of_shard and r.room_nid = h.room_nid)
  on conflict (shard, room_nid, user_id, position) do nothing;
  update log_backfills b set position = up_to where b.shard = of_shard and b.position < up_to;
  return true;
end $$;
