-- owner: client-api
-- area: accounts

-- Third-party ids of users: administrative contacts, by which they can log in and reset their password.
create table user_threepids (
  server_name text not null,
  medium text not null,
  -- In canonical form: email addresses in lower case.
  address text not null,
  user_id text not null,
  validated_at timestamptz not null,
  added_at timestamptz not null default now(),
  primary key (server_name, medium, address)
);
create index user_threepids_by_user on user_threepids (user_id);

-- Proofs that somebody reads the mail of an address: one row from the request until it expires.
create table email_validations (
  sid text primary key,
  server_name text not null,
  -- register, password or threepid.
  purpose text not null,
  address text not null,
  -- SHA-256 of the client's secret, and of the token in the newest mail.
  client_secret_hash bytea not null,
  token_hash bytea not null,
  next_link text,
  -- Of the newest mail that the relay took.
  sent_attempt bigint,
  validated_at timestamptz,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  unique (server_name, purpose, address, client_secret_hash)
);
create index email_validations_by_expiry on email_validations (expires_at);
