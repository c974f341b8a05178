-- owner: event-persister
-- area: rooms

-- Which event relates to which (`m.relates_to` with a `rel_type`): accepted events only, until they are redacted.
create table event_relations (
  shard integer not null,
  event_nid bigint not null,
  room_nid bigint not null,
  parent_event_id text not null,
  relation_type text not null,
  topological_position bigint not null,
  event_id text not null,
  event_type text not null,
  sender text not null,
  origin_server_ts bigint not null,
  -- Whether it can replace its parent, if that is of the same sender and type.
  is_replacement boolean not null,
  -- Of annotations: a hash of their key.
  key_hash text,
  primary key (shard, event_nid)
);
create index event_relations_by_parent
  on event_relations (shard, room_nid, parent_event_id, relation_type, topological_position, event_nid);
create index event_relations_by_sender on event_relations (shard, room_nid, parent_event_id, sender)
  where relation_type in ('m.annotation', 'm.thread');
create index event_replacements on event_relations (shard, room_nid, parent_event_id, origin_server_ts, event_id)
  where relation_type = 'm.replace' and is_replacement;

-- Kept by the triggers below: how many replies a thread has, and the place of the latest.
create table room_threads (
  shard integer not null,
  room_nid bigint not null,
  root_event_id text not null,
  reply_count bigint not null,
  latest_topological_position bigint not null,
  latest_event_nid bigint not null,
  primary key (shard, room_nid, root_event_id)
);
create index room_threads_by_latest on room_threads (shard, room_nid, latest_topological_position, latest_event_nid);

create function count_thread_replies() returns trigger language plpgsql as $$
begin
  insert into room_threads as t (shard, room_nid, root_event_id, reply_count, latest_topological_position, latest_event_nid)
  select shard, room_nid, parent_event_id, count(*),
    (array_agg(topological_position order by topological_position desc, event_nid desc))[1],
    (array_agg(event_nid order by topological_position desc, event_nid desc))[1]
  from added where relation_type = 'm.thread'
  group by shard, room_nid, parent_event_id
  on conflict (shard, room_nid, root_event_id) do update set
    reply_count = t.reply_count + excluded.reply_count,
    latest_topological_position = greatest(t.latest_topological_position, excluded.latest_topological_position),
    latest_event_nid = case
      when (excluded.latest_topological_position, excluded.latest_event_nid) > (t.latest_topological_position, t.latest_event_nid)
      then excluded.latest_event_nid else t.latest_event_nid end;
  return null;
end $$;
create trigger thread_replies_added after insert on event_relations
  referencing new table as added for each statement execute function count_thread_replies();

create function discount_thread_replies() returns trigger language plpgsql as $$
begin
  with touched as (
    select shard, room_nid, parent_event_id, count(*) as gone from removed where relation_type = 'm.thread'
    group by shard, room_nid, parent_event_id
  ), left_over as (
    select t.shard, t.room_nid, t.root_event_id, t.reply_count - touched.gone as reply_count, latest.*
    from touched join room_threads t
      on t.shard = touched.shard and t.room_nid = touched.room_nid and t.root_event_id = touched.parent_event_id
    left join lateral (
      select r.topological_position, r.event_nid from event_relations r
      where r.shard = t.shard and r.room_nid = t.room_nid and r.parent_event_id = t.root_event_id
        and r.relation_type = 'm.thread'
      order by r.topological_position desc, r.event_nid desc limit 1
    ) latest on true
  ), ended as (
    delete from room_threads t using left_over l
    where t.shard = l.shard and t.room_nid = l.room_nid and t.root_event_id = l.root_event_id and l.event_nid is null
  )
  update room_threads t set reply_count = l.reply_count, latest_topological_position = l.topological_position,
    latest_event_nid = l.event_nid
  from left_over l
  where t.shard = l.shard and t.room_nid = l.room_nid and t.root_event_id = l.root_event_id and l.event_nid is not null;
  return null;
end $$;
create trigger thread_replies_removed after delete on event_relations
  referencing old table as removed for each statement execute function discount_thread_replies();

-- Relations go with their events, whoever removes those.
create function remove_event_relations() returns trigger language plpgsql as $$
begin
  delete from event_relations r using removed where r.shard = removed.shard and r.event_nid = removed.event_nid;
  return null;
end $$;
create trigger events_removed_with_relations after delete on events
  referencing old table as removed for each statement execute function remove_event_relations();
