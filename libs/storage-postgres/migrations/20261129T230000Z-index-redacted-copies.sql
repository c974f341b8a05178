-- owner: event-persister
-- area: rooms
-- transaction: none

-- Whoever asks other servers for the content of such events looks at those of a certain age.
drop index concurrently if exists redacted_copies_by_time;
create index concurrently redacted_copies_by_time on redacted_copies (noted_at);
