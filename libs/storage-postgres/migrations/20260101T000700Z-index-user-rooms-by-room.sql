-- owner: event-persister
-- area: accounts

-- For the removal of a room.
create index user_rooms_by_room on user_rooms (room_id);
