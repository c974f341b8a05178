-- owner: client-api
-- area: accounts

-- Where walks through the rooms of a space are to go on, by the token that a client was given.
create table hierarchy_pages (
  token text primary key,
  user_id text not null,
  -- JSON text.
  walk text not null,
  created_at timestamptz not null default now()
);
create index hierarchy_pages_by_age on hierarchy_pages (created_at);
