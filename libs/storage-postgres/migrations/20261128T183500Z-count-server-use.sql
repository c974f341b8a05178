-- owner: storage-postgres
-- area: accounts

-- What was done for a hosted server, by month: any app counts in memory and adds what it has counted, through one repository. What a process has
-- counted since it last added is lost with it.
create table server_use (
  server_name text not null,
  -- The first day, in UTC.
  month date not null,
  -- Of clients and other servers, by HTTP.
  requests bigint not null default 0,
  received_bytes bigint not null default 0,
  sent_bytes bigint not null default 0,
  -- Stored for it: sent by its users, or received for it.
  events bigint not null default 0,
  event_bytes bigint not null default 0,
  -- To other servers.
  transactions bigint not null default 0,
  sent_events bigint not null default 0,
  primary key (server_name, month)
) with (fillfactor = 70);
