-- owner: storage-postgres
-- area: accounts

-- The shared store that all processes use under the generation, named when it settled there; before `closed_until` none may.
alter table cache_generation add column home text;
alter table cache_generation add column is_settled boolean not null default false;
alter table cache_generation add column closed_until timestamptz not null default '-infinity';
