-- owner: event-persister
-- area: rooms

-- Since which position, exclusive, and up to which one, inclusive, a server had users in the room, each at the ends of the unit of work
-- that changed it: whoever follows the log finds who was there before an event. `left_at` is of the last stay that ended, where it does not
-- lie behind the beginning of the one that goes on; `left_before` is of the one before.
alter table room_servers
  add column joined_at bigint not null default 0,
  add column left_at bigint not null default 0,
  add column left_before bigint not null default 0;
