-- owner: event-persister
-- area: rooms

-- What happened of late is at the end of the table: this costs next to nothing to keep, and spares reading all of it.
create index room_log_by_time on room_log using brin (stored_at);
