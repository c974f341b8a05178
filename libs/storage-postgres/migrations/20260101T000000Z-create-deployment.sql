-- owner: plexus
-- area: rooms
-- One row: what was fixed when the deployment was created, and its generation.
create table deployment (
  singleton boolean primary key default true check (singleton),
  room_shards integer not null,
  -- Raised after a restore or a failover that lost commits; every position, offset and token belongs to one generation.
  generation integer not null default 1
);
