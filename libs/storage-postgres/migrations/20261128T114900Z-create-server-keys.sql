-- owner: federation-sender
-- area: accounts

-- Public keys of other servers, as they were last published.
create table server_keys (
  server_name text not null,
  key_id text not null,
  -- Unpadded Base64.
  public_key text not null,
  -- Until when what was published counts: at most seven days from when it was fetched.
  valid_until timestamptz not null,
  -- When the server stopped using the key; null: it is in use.
  expired_at timestamptz,
  primary key (server_name, key_id)
);

-- What a server last published, word for word and signed by it: a notary hands it on.
create table server_key_documents (
  server_name text primary key,
  -- JSON; text because jsonb would not keep it as it was signed.
  document text not null,
  valid_until timestamptz not null,
  fetched_at timestamptz not null
);

-- Where each federation-sender takes questions, and when it last gave a sign of life.
create table sender_replicas (
  address text primary key,
  alive_at timestamptz not null default now()
);
