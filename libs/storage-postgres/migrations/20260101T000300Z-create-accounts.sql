-- owner: client-api
-- area: accounts

create table hosted_servers (
  server_name text primary key,
  -- active, suspended or removing.
  status text not null,
  -- Registration, public base URL, aliases of the Host header, well-known: see the configuration's `servers`.
  settings jsonb not null,
  -- Raised with each change of the row.
  version bigint not null default 1,
  created_at timestamptz not null default now()
);

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
create index users_by_server on users (server_name);

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
  room_id text not null,
  create_event bytea not null,
  created_at timestamptz not null default now()
);

create table filters (
  user_id text not null,
  filter_id bigint not null,
  definition bytea not null,
  primary key (user_id, filter_id)
);
