-- owner: notices
-- area: accounts

-- How far the users who were about when a version of a policy came into force are remembered in notice_checks, once for each version.
create table notice_rounds (
  version_nid bigint primary key,
  -- They are gone through in the order of their ids; this was the last one.
  gone_to text not null default '',
  is_finished boolean not null default false
) with (fillfactor = 80);
