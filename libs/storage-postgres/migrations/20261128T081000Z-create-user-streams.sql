-- owner: storage-postgres
-- area: accounts

-- What is addressed to a user has one dense position per user, allotted under the lock of this row in the transaction that stores
-- the item. Any app writes user streams, through this one repository. Who was never addressed has no row.
create table user_streams (
  user_id text primary key,
  position bigint not null
) with (fillfactor = 50);

create table account_data (
  user_id text not null,
  -- Empty: of the whole account.
  room_id text not null,
  type text not null,
  -- JSON text as it came.
  content text not null,
  -- In the user's stream: where it was last changed.
  position bigint not null,
  primary key (user_id, room_id, type)
) with (fillfactor = 80);
create index account_data_by_position on account_data (user_id, position);
