-- owner: client-api
-- area: accounts

-- For guests who have to leave rooms that take none any more.
create index users_who_are_guests on users (user_id) where is_guest;
