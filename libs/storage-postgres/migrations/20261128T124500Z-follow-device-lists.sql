-- owner: federation-sender
-- area: accounts

-- One row: up to which change of device lists other servers are told, or will be by what is stored in outgoing_edus.
create table outbound_device_lists (
  singleton boolean primary key default true check (singleton),
  position bigint not null
);
