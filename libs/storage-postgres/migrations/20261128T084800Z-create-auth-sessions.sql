-- owner: client-api
-- area: accounts

alter table users
  add column locked_at timestamptz,
  add column suspended_at timestamptz,
  -- The user asked for their data to go when they deactivated the account.
  add column erased_at timestamptz;

alter table devices add column last_seen_user_agent text;

alter table access_tokens
  add column expires_at timestamptz,
  -- The refresh token that was given together with it.
  add column refresh_token_hash bytea,
  -- False until the first use of a token that came by a refresh: then the device's other tokens go.
  add column is_confirmed boolean not null default true;

create table refresh_tokens (
  -- SHA-256 of the token.
  token_hash bytea primary key,
  user_id text not null,
  device_id text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  -- As in access_tokens.
  is_confirmed boolean not null default true
);
create index refresh_tokens_by_device on refresh_tokens (user_id, device_id);

-- User-interactive authentication: one row from the first 401 until the request succeeds or the session expires.
create table auth_sessions (
  -- SHA-256 of the session's id.
  session_hash bytea primary key,
  server_name text not null,
  -- Who asks; null for who has no account yet or cannot log in.
  user_id text,
  -- SHA-256 over the session's id, the operation and what of its parameters must stay the same.
  operation_hash bytea not null,
  -- By stage, what it found out.
  completed jsonb not null default '{}',
  -- Holds one use of the token until the session has registered a user or expires.
  registration_token text,
  registered_user_id text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index auth_sessions_by_expiry on auth_sessions (expires_at);
create index auth_sessions_by_registration_token on auth_sessions (server_name, registration_token)
  where registration_token is not null and registered_user_id is null;

create table registration_tokens (
  server_name text not null,
  token text not null,
  -- Null: any number.
  uses_allowed bigint,
  completed bigint not null default 0,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (server_name, token)
);

-- Tokens that live for minutes: of /login, of OpenID, and nonces of the registration with a shared secret.
create table short_lived_tokens (
  purpose text not null,
  -- SHA-256 of the token.
  token_hash bytea not null,
  user_id text,
  expires_at timestamptz not null,
  primary key (purpose, token_hash)
);
create index short_lived_tokens_by_expiry on short_lived_tokens (expires_at);
create index short_lived_tokens_by_user on short_lived_tokens (user_id) where user_id is not null;
