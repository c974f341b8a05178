-- owner: client-api
-- area: accounts

-- `is_admin` makes an administrator of the user's own hosted server; with this one, of the whole deployment.
alter table users add column is_deployment_admin boolean not null default false;
update users set is_deployment_admin = true where is_admin;

-- Every administrative action: written before it begins, completed when it is answered.
create table audit_log (
  entry_id bigint generated always as identity primary key,
  begun_at timestamptz not null default now(),
  administrator text not null,
  -- The administrator's hosted server.
  server_name text not null,
  -- deployment or server: as whose administrator.
  scope text not null,
  -- Method and path pattern.
  action text not null,
  -- On whom or what: the values in the path.
  target jsonb not null,
  -- What was asked for, without secrets.
  details jsonb not null,
  address text not null,
  -- Null: not answered, because the process died or still works on it.
  http_status integer,
  errcode text
);
create index audit_log_by_server on audit_log (server_name, entry_id);
create index audit_log_by_administrator on audit_log (administrator, entry_id);

-- Long work on an administrator's word, or by a policy: any process takes it up where another left it.
create table admin_jobs (
  job_id text primary key,
  kind text not null,
  -- The room or user that it is about.
  target text not null,
  -- The hosted server that it is done for; null: the deployment.
  server_name text,
  requested_by text not null,
  parameters jsonb not null,
  -- scheduled, active, complete, failed or cancelled.
  status text not null default 'scheduled',
  progress jsonb not null default '{}',
  result jsonb,
  error text,
  attempts integer not null default 0,
  -- Who works on it, and until when; or until when it rests after a failure.
  claim text,
  claimed_until timestamptz,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  finished_at timestamptz
);
create index admin_jobs_open on admin_jobs (created_at) where finished_at is null;
create index admin_jobs_by_target on admin_jobs (target, kind, created_at);
create index admin_jobs_finished on admin_jobs (finished_at) where finished_at is not null;
