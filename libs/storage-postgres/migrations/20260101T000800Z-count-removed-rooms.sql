-- owner: client-api
-- area: accounts

-- Rooms that lost their last resident with the server and of which something is left; null: not known yet.
alter table server_removals add column rooms_left bigint;
