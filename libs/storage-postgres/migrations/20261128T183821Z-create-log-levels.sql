-- owner: client-api
-- area: accounts

-- Levels of the log that administrators have set, beside those of the configuration.
create table log_levels (
  -- The name of a service, or `all`.
  service text primary key,
  level text not null,
  -- Null: until it is taken back.
  expires_at timestamptz
);

-- One row: raised in every transaction that changes levels, so that a process sees with one read whether its copy is fresh.
create table log_level_revision (
  singleton boolean primary key default true check (singleton),
  revision bigint not null
);
insert into log_level_revision (revision) values (1);
