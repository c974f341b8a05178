-- owner: client-api
-- area: accounts

create table hosted_servers (
  server_name text primary key,
  -- active, suspended or removing.
  status text not null default 'active',
  -- Aliases of the Host header, public base URL, registration, well-known.
  settings jsonb not null,
  -- configuration or admin-api: where the settings come from.
  origin text not null,
  -- Raised with each change of the row.
  version bigint not null default 1,
  created_at timestamptz not null default now()
);

-- One row: raised in every transaction that changes hosted_servers or server_signing_keys, so that a process sees with one read
-- whether its copy is fresh.
create table hosted_servers_version (
  singleton boolean primary key default true check (singleton),
  version bigint not null
);
insert into hosted_servers_version (version) values (1);

create table server_signing_keys (
  server_name text not null,
  key_id text not null,
  -- Ed25519 seed, 32 bytes.
  seed bytea not null,
  created_at timestamptz not null default now(),
  -- When it is no longer used for signing.
  retired_at timestamptz,
  primary key (server_name, key_id)
);

create table users (
  user_id text primary key,
  server_name text not null,
  -- argon2id, PHC string; null: no password.
  password_hash text,
  is_admin boolean not null default false,
  is_guest boolean not null default false,
  deactivated_at timestamptz,
  displayname text,
  avatar_url text,
  created_at timestamptz not null default now()
);
create index users_by_server on users (server_name, user_id);

create table devices (
  user_id text not null,
  device_id text not null,
  display_name text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz,
  last_seen_ip text,
  primary key (user_id, device_id)
);

create table access_tokens (
  -- SHA-256 of the token.
  token_hash bytea primary key,
  user_id text not null,
  device_id text not null,
  created_at timestamptz not null default now()
);
create index access_tokens_by_device on access_tokens (user_id, device_id);

-- A create event, stored before the room's owner is asked: from version 12 on its hash names the room, so that a repeated
-- command must find the same one.
create table room_creations (
  command_id text primary key,
  -- Two create events that are equal to the millisecond have one hash: the second one is made again, later.
  room_id text not null unique,
  create_event bytea not null,
  created_at timestamptz not null default now()
);

create table room_aliases (
  room_alias text primary key,
  server_name text not null,
  room_id text not null,
  creator text not null,
  created_at timestamptz not null default now()
);
create index room_aliases_by_room on room_aliases (room_id);
create index room_aliases_by_server on room_aliases (server_name);

-- The room directory of each hosted server.
create table published_rooms (
  server_name text not null,
  room_id text not null,
  published_at timestamptz not null default now(),
  primary key (server_name, room_id)
);

create table filters (
  user_id text not null,
  filter_id bigint not null,
  -- JSON text as it was uploaded, in canonical form.
  definition text not null,
  primary key (user_id, filter_id)
);

-- Rooms that users have left and forgotten, with the position of the membership that was forgotten.
create table forgotten_rooms (
  user_id text not null,
  room_id text not null,
  position bigint not null,
  primary key (user_id, room_id)
);

-- Jobs that remove a hosted server with its data.
create table server_removals (
  job_id text primary key,
  server_name text not null,
  -- users, rows or done.
  step text not null default 'users',
  users_total bigint not null,
  users_done bigint not null default 0,
  last_user_id text,
  refused_departures bigint not null default 0,
  last_error text,
  -- Who works on it, and until when.
  claim text,
  claimed_until timestamptz,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);
create unique index server_removals_under_way on server_removals (server_name) where finished_at is null;
