-- owner: storage-postgres
-- area: accounts

-- What happens to accounts: each fact is a row that is written in the transaction that stores the fact, by any app, through this one
-- repository. A row's position is the next one of its partition, under the lock of the partition's row: dense, and in commit order.
create table account_event_partitions (
  partition integer primary key,
  position bigint not null default 0
) with (fillfactor = 50);

create table account_events (
  partition integer not null,
  position bigint not null,
  -- Null: of no user.
  user_id text,
  fact jsonb not null,
  occurred_at timestamptz not null default now(),
  primary key (partition, position)
);
create index account_events_by_time on account_events (occurred_at);
create index account_events_by_user on account_events (user_id);

-- Up to where the topic has them, and who publishes further ones, until when.
create table account_event_publications (
  partition integer primary key,
  published bigint not null default 0,
  publisher text,
  leased_until timestamptz
) with (fillfactor = 50);

-- When it was last told that a user makes requests.
create table seen_users (
  user_id text primary key,
  seen_at timestamptz not null
) with (fillfactor = 80);

insert into account_event_partitions (partition) select generate_series(0, 7);
insert into account_event_publications (partition) select generate_series(0, 7);
