-- owner: client-api
-- area: accounts

-- Events that users found inappropriate.
create table event_reports (
  id bigint generated always as identity primary key,
  room_id text not null,
  event_id text not null,
  -- Who sent the event.
  sender text not null,
  reporter text not null,
  reporter_server text not null,
  reason text,
  score integer,
  received_at timestamptz not null default now()
);
create index event_reports_by_server on event_reports (reporter_server, id);

create table room_reports (
  id bigint generated always as identity primary key,
  room_id text not null,
  reporter text not null,
  reporter_server text not null,
  reason text not null,
  received_at timestamptz not null default now()
);
create index room_reports_by_server on room_reports (reporter_server, id);

create table user_reports (
  id bigint generated always as identity primary key,
  user_id text not null,
  reporter text not null,
  reporter_server text not null,
  reason text not null,
  received_at timestamptz not null default now()
);
create index user_reports_by_server on user_reports (reporter_server, id);
