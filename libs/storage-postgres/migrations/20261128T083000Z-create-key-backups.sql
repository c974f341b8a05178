-- owner: client-api
-- area: accounts

-- Versions of a user's backup of room keys. One that was removed leaves its row, so that its number is not given again.
create table key_backups (
  user_id text not null,
  -- Counted per user, from 1.
  version bigint not null,
  algorithm text not null,
  -- JSON text.
  auth_data text not null,
  -- Raised with each change of its keys.
  etag bigint not null default 0,
  key_count bigint not null default 0,
  removed_at timestamptz,
  primary key (user_id, version)
);

create table backed_up_keys (
  user_id text not null,
  version bigint not null,
  room_id text not null,
  session_id text not null,
  first_message_index bigint not null,
  forwarded_count bigint not null,
  is_verified boolean not null,
  -- JSON text.
  session_data text not null,
  primary key (user_id, version, room_id, session_id)
);
