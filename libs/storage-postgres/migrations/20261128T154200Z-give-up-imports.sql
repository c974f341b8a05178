-- owner: event-persister
-- area: rooms

-- An import that nobody has come back to leaves rows as a room does that is gone; memberships that came without the room stay.
alter table removed_rooms add column is_import boolean not null default false;
