-- owner: event-persister
-- area: rooms

-- In which rooms a server is: whose members to look for when the devices of one of its users have changed. Columns that change with each
-- membership are not in it, so that such changes touch no index.
create index room_servers_by_server on room_servers (server_name, shard, room_nid);
