-- owner: client-api
-- area: accounts

-- Factors that administrators have set while the deployment runs.
create table cache_factors (
  -- The name of a cache, or `global` for all without their own.
  name text primary key,
  factor double precision not null check (factor >= 0),
  changed_at timestamptz not null default now()
);

-- One row: raised in every transaction that changes a factor, so that a process sees with one read whether its copy is fresh.
create table cache_factor_revision (
  singleton boolean primary key default true check (singleton),
  revision bigint not null
);
insert into cache_factor_revision (revision) values (1);
