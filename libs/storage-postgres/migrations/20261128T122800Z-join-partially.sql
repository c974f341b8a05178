-- owner: event-persister
-- area: rooms

-- The event by which a hosted server joined while the room's state lacked members; null where the state is complete.
alter table rooms add column partial_join_nid bigint;
