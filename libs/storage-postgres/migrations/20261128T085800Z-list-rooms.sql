-- owner: event-persister
-- area: rooms

-- Whether a hosted server has ever shown the room in its directory: then joins are counted in its summary.
alter table rooms add column is_listed boolean not null default false;
