-- owner: federation-sender
-- area: accounts

-- Who said what this row says: the server itself, or the notary of this name. Null: an earlier release stored it.
alter table server_keys add column learned_from text;
