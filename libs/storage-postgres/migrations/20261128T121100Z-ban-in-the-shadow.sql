-- owner: client-api
-- area: accounts

-- Nobody hears the user, who is not to know: what they send is answered and not stored.
alter table users add column is_shadow_banned boolean not null default false;
