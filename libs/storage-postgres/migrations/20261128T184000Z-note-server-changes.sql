-- owner: client-api
-- area: accounts

-- Which hosted servers have changed, with their keys or without, and as of which version of all of them: a process reads what is newer than its
-- copy, not all of thousands. One row for each name that ever changed; a name that is no hosted server's any more has been removed. Triggers write it,
-- so that no statement that changes them can forget to.
create table hosted_server_changes (
  server_name text primary key,
  version bigint not null
) with (fillfactor = 70);
create index hosted_server_changes_by_version on hosted_server_changes (version);

-- Whoever changes a hosted server holds the lock on hosted_servers_version, and raises the version before the commit.
create function note_hosted_server_change() returns trigger language plpgsql as $$
begin
  insert into hosted_server_changes (server_name, version)
  select coalesce(new.server_name, old.server_name), version + 1 from hosted_servers_version
  on conflict (server_name) do update set version = excluded.version;
  return null;
end
$$;
create trigger note_hosted_server_change after insert or update or delete on hosted_servers
  for each row execute function note_hosted_server_change();
create trigger note_signing_key_change after insert or update or delete on server_signing_keys
  for each row execute function note_hosted_server_change();
