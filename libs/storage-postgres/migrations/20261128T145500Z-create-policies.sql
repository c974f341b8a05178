-- owner: client-api
-- area: accounts

-- What users are asked to agree to.
create table policies (
  policy_nid bigint generated always as identity primary key,
  -- Empty: of the deployment, for every hosted server that has none of its own.
  server_name text not null,
  name text not null,
  title text not null,
  -- configuration or admin-api: where the settings come from.
  origin text not null,
  required_at_registration boolean not null,
  -- What users are told who may not write.
  block_error text,
  -- The notice that asks for consent, and what it is in other languages.
  notice_content jsonb,
  notice_translations jsonb,
  notifies_guests boolean not null,
  created_at timestamptz not null default now(),
  -- Nobody is asked for it any more.
  retired_at timestamptz,
  unique (server_name, name)
);

-- A later version has the greater number and is effective no earlier.
create table policy_versions (
  version_nid bigint generated always as identity primary key,
  policy_nid bigint not null,
  version text not null,
  effective_at timestamptz not null,
  -- From then on who has not agreed may not write; null: never.
  block_at timestamptz,
  -- SHA-256 over the hashes of all its documents.
  sha256 bytea not null,
  published_at timestamptz not null default now(),
  unique (policy_nid, version)
);

create table policy_documents (
  version_nid bigint not null,
  language text not null,
  -- policy, or success: what is shown to who has agreed.
  purpose text not null,
  -- markdown or html.
  format text not null,
  title text,
  source text not null,
  sha256 bytea not null,
  primary key (version_nid, purpose, language)
);

-- One row: raised in every transaction that changes policies or versions.
create table policies_revision (
  singleton boolean primary key default true check (singleton),
  revision bigint not null
);
insert into policies_revision (revision) values (1);

-- The key of the links by which users of a server say who they are on the consent page: 32 bytes.
alter table hosted_servers
  add column consent_key bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
