-- owner: federation-ingress
-- area: accounts

-- Transactions of other servers that are done, with what was answered: a repeated one is answered by it.
create table incoming_transactions (
  origin text not null,
  -- The hosted server that it was sent to.
  destination text not null,
  transaction_id text not null,
  -- JSON.
  answer text not null,
  received_at timestamptz not null default now(),
  primary key (origin, destination, transaction_id)
);
create index incoming_transactions_by_age on incoming_transactions using brin (received_at);
