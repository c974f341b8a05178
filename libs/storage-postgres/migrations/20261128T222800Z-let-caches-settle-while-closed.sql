-- owner: storage-postgres
-- area: accounts

-- The generation that `home` belongs to. It is given while the generation is still closed, which `is_settled` does not say.
alter table cache_generation add column home_of bigint;
