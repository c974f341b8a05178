-- owner: client-api
-- area: accounts

create table appservices (
  id text primary key,
  -- Null: all hosted servers.
  servers text[],
  -- What its registration says: URL, sender, namespaces, protocols…
  settings jsonb not null,
  -- Goes with every request to it.
  hs_token text not null,
  -- configuration or admin-api: where the settings come from.
  origin text not null,
  -- Raised with each change of the row.
  version bigint not null default 1,
  created_at timestamptz not null default now()
);

create table appservice_tokens (
  -- SHA-256 of the as_token.
  token_hash bytea primary key,
  appservice_id text not null,
  -- Null: the token of now.
  expires_at timestamptz
);
create index appservice_tokens_by_appservice on appservice_tokens (appservice_id);

-- One row: raised in every transaction that changes appservices or their tokens, so that a process sees with one read whether its
-- copy is fresh.
create table appservice_revision (
  singleton boolean primary key default true check (singleton),
  revision bigint not null
);
insert into appservice_revision (revision) values (1);

-- The application service that registered the user.
alter table users add column registered_by text;

-- The networks of application services for which a hosted server has directories of rooms, as `appservice|network`.
create table network_instances (
  server_name text not null,
  instance_id text not null,
  primary key (server_name, instance_id)
);
