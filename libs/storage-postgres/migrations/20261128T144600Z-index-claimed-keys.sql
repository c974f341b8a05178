-- owner: client-api
-- area: accounts

-- To remove those of devices that upload no more.
create index one_time_keys_claimed on one_time_keys (claimed_at) where claimed_at is not null;
