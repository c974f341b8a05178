-- owner: client-api
-- area: accounts

-- Free words of administrators and tools: bot, support and the like.
alter table users add column user_type text;
create index users_by_creation on users (created_at, user_id);

-- Who a user is for another identity provider.
create table user_external_ids (
  auth_provider text not null,
  external_id text not null,
  user_id text not null,
  primary key (auth_provider, external_id)
);
create index user_external_ids_by_user on user_external_ids (user_id);

-- Limits of single users instead of their server's.
create table rate_limit_overrides (
  user_id text primary key,
  -- 0: no limit.
  messages_per_second double precision not null,
  burst_count integer not null
);
