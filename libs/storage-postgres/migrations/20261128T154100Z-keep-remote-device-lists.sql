-- owner: client-api
-- area: accounts

-- Devices and cross-signing keys of users of other servers, as far as somebody here has asked for them. A row without keys says that changes are to
-- be kept from now on: it is there before the other server is asked.
create table remote_device_lists (
  user_id text primary key,
  -- Of the last update of the other server that the list includes; null: it was given without.
  stream_id bigint,
  -- The position of the user's last change in device_list_changes that the list includes; 0: there was none.
  includes_up_to bigint not null default 0,
  -- JSON.
  keys text,
  -- Why the other server tells us of changes: the user has been joined to this room, by this event, and a hosted server in it since then.
  room_id text,
  member_nid bigint,
  server_name text,
  resident_since bigint
);

-- What other servers told of changes of such lists since, as changes of device lists are: written by whoever receives it, with the position of the change.
create table remote_device_updates (
  user_id text not null,
  position bigint not null,
  -- JSON.
  content text not null,
  primary key (user_id, position)
);
