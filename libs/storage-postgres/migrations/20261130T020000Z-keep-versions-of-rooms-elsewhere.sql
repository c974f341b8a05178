-- owner: event-persister
-- area: accounts

-- Of a room that is not stored here, as whoever invites to it says: its events cannot be read without. Null: the room is stored, or an earlier release wrote
-- the row.
alter table user_rooms add column room_version text;
