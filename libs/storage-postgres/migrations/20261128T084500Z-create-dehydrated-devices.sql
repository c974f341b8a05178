-- owner: client-api
-- area: accounts

-- Devices that receive keys while their user has no other one. The device itself is among `devices`, without an access token.
create table dehydrated_devices (
  user_id text primary key,
  device_id text not null,
  -- JSON text.
  device_data text not null
);
