-- owner: sync
-- area: accounts

-- When and from where /sync last saw a device; other requests are in devices.
create table synced_devices (
  user_id text not null,
  device_id text not null,
  last_seen_at timestamptz not null,
  last_seen_ip text not null,
  last_seen_user_agent text,
  primary key (user_id, device_id)
) with (fillfactor = 80);

-- Access tokens that came by a refresh and that /sync has seen in use.
create table used_tokens (
  token_hash bytea primary key,
  used_at timestamptz not null default now()
);
