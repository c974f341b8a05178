-- owner: consent
-- area: accounts

-- Who agreed to what. Written by consent, and with a registration, in its transaction, by the same statement.
create table consents (
  user_id text not null,
  version_nid bigint not null,
  policy_nid bigint not null,
  -- Of the user.
  server_name text not null,
  policy text not null,
  version text not null,
  -- Null: any of the version's may have been shown.
  language text,
  text_sha256 bytea not null,
  accepted_at timestamptz not null default now(),
  address text not null,
  -- page or registration.
  way text not null,
  primary key (user_id, version_nid)
);
create index consents_by_server on consents (server_name, user_id, version_nid);
