-- owner: client-api
-- area: accounts

-- The language that the client asked for when the user was registered (Accept-Language), in lower case; null: it asked for none.
alter table users add column language text;
