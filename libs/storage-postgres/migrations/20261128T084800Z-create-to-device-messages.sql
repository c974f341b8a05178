-- owner: storage-postgres
-- area: accounts

-- Messages that wait for a device, each at its position in the user's stream; gone once the device has asked for what comes after.
create table to_device_messages (
  user_id text not null,
  device_id text not null,
  position bigint not null,
  -- JSON text: type, sender and content.
  message text not null,
  primary key (user_id, device_id, position)
);

-- Which parts of whose transactions are stored, so that a repeated one is not stored again. Kept for a day.
create table to_device_transactions (
  sender text not null,
  transaction_id text not null,
  stored_at timestamptz not null default now(),
  primary key (sender, transaction_id)
);
create index to_device_transactions_by_age on to_device_transactions using brin (stored_at);
