-- owner: client-api
-- area: accounts

-- Since when the server signs with the key; null: it is announced, so that others know it before they meet it. The default is for the
-- previous release, which signs with a key at once.
alter table server_signing_keys add column activated_at timestamptz default now();
update server_signing_keys set activated_at = created_at;
