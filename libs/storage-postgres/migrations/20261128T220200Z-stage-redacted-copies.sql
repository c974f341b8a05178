-- owner: federation-sender
-- area: rooms

-- Whether the content did not match its hash, so that `json` is the redacted form. Null: it is not known to.
alter table staged_events add column is_redacted_copy boolean;
