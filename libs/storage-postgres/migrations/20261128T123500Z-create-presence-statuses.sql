-- owner: sync
-- area: accounts

-- What users say of themselves beside their presence; that itself is known only as long as they are there.
create table presence_statuses (
  user_id text primary key,
  message text not null
);
