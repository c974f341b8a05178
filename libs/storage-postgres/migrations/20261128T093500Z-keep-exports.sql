-- owner: client-api
-- area: accounts

-- What exports of users' data have come to, a piece at a time: lines of JSON. They go with their jobs.
create table admin_exports (
  job_id text not null,
  part integer not null,
  body bytea not null,
  primary key (job_id, part)
);
