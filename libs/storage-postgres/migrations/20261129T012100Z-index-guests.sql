-- owner: client-api
-- area: accounts
-- transaction: none

-- For guests who have to leave rooms that take none any more.
drop index concurrently if exists users_who_are_guests;
create index concurrently users_who_are_guests on users (user_id) where is_guest;
