-- owner: storage-postgres
-- area: accounts

-- The generation that all shared cache values belong to: raised where the shared cache could not be told of a change.
create table cache_generation (
  singleton boolean primary key default true check (singleton),
  generation bigint not null
);
insert into cache_generation (generation) values (1);
