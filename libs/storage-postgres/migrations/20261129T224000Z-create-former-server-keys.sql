-- owner: client-api
-- area: accounts

-- Keys that a hosted server signed with on another homeserver, before it was hosted here: their public halves, so that what they have signed can
-- still be checked. Nothing is signed with them here.
create table former_server_keys (
  server_name text not null,
  key_id text not null,
  -- Ed25519, 32 bytes.
  public_key bytea not null,
  -- When nobody signed with it any more.
  expired_at timestamptz not null,
  primary key (server_name, key_id)
);
create trigger note_former_key_change after insert or update or delete on former_server_keys
  for each row execute function note_hosted_server_change();
