-- owner: client-api
-- area: accounts

-- What is left to do for users who were deactivated: a row from the deactivation until it is done.
create table account_deactivations (
  user_id text primary key,
  erase boolean not null,
  -- Rooms that the user could not be parted from, because the room's rules refused it.
  refused_departures bigint not null default 0,
  last_error text,
  -- Who works on it, and until when.
  claim text,
  claimed_until timestamptz,
  started_at timestamptz not null default now()
);
create index account_deactivations_by_start on account_deactivations (started_at);
