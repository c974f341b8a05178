-- owner: event-persister
-- area: rooms

-- Events whose content is not here: it did not match its hash when they came, so that they are stored redacted. The row goes when the content comes.
create table redacted_copies (
  shard integer not null,
  event_nid bigint not null,
  room_nid bigint not null,
  noted_at timestamptz not null default now(),
  primary key (shard, event_nid)
);

-- Marks go with their events, whoever removes those.
create function remove_redacted_copies() returns trigger language plpgsql as $$
begin
  delete from redacted_copies c using removed where c.shard = removed.shard and c.event_nid = removed.event_nid;
  return null;
end $$;
create trigger events_removed_with_marks after delete on events
  referencing old table as removed for each statement execute function remove_redacted_copies();
