-- owner: topics-postgres
-- area: rooms

-- Topics whose records must not be lost, where there is no Kafka.
create table topic_partitions (
  topic text not null,
  partition integer not null,
  -- Of this making of the topic; an offset that was stored with another one means nothing here.
  incarnation uuid not null default gen_random_uuid(),
  -- Offsets are allotted by an update of this row, which holds it to commit: so they become visible in their order.
  next_offset bigint not null default 0,
  primary key (topic, partition)
) with (fillfactor = 50);

create table topic_records (
  topic text not null,
  partition integer not null,
  record_offset bigint not null,
  appended_at timestamptz not null default now(),
  key bytea not null,
  -- A JSON object of strings; null where there are none.
  headers text,
  value bytea not null,
  primary key (topic, partition, record_offset)
);
