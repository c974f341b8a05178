-- owner: event-persister
-- area: accounts

-- Up to which position of a shard's log all that it says of members of other servers is in remote_members: whoever takes the shard over looks only at
-- rooms that went on since. A shard without a row, or with one of another generation, is walked through whole.
create table remote_member_progress (
  shard integer primary key,
  generation integer not null,
  position bigint not null,
  -- Of the shard's owner: an earlier owner changes nothing after that.
  epoch bigint not null
) with (fillfactor = 50);
