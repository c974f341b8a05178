-- owner: client-api
-- area: accounts

-- Profile fields besides display name and avatar, which are in `users`.
create table profile_fields (
  user_id text not null,
  key_name text not null,
  -- JSON text.
  value text not null,
  primary key (user_id, key_name)
);

-- Users whose rooms do not show their newest display name or avatar yet.
create table profile_propagations (
  user_id text primary key,
  -- Raised with each change, which begins the way through the rooms again.
  version bigint not null default 1,
  -- The last room that is done; the next ones follow in the order of their ids.
  last_room_id text not null default '',
  -- Who works on it, and until when.
  claim text,
  claimed_until timestamptz,
  changed_at timestamptz not null default now()
);
create index profile_propagations_by_age on profile_propagations (changed_at);

-- The words by which the user directory finds a user: of the localpart and of the display name.
alter table users add column search_words tsvector;
update users set search_words = array_to_tsvector(array[lower(split_part(substr(user_id, 2), ':', 1))]);
create index users_by_search_words on users using gin (search_words) where deactivated_at is null;
