-- owner: event-persister
-- area: accounts

-- Projection of memberships of hosted servers' users, written after the commit in the rooms area, guarded by position.
create table user_rooms (
  user_id text not null,
  room_id text not null,
  shard integer not null,
  room_nid bigint not null,
  membership text not null,
  sender text not null,
  event_id text not null,
  -- Of the row in the shard's room log that brought this membership.
  position bigint not null,
  -- Of the membership before this one, null if there was none.
  previous_membership text,
  -- Invites and knocks: a JSON array of stripped state events.
  stripped_state bytea,
  primary key (user_id, room_id)
) with (fillfactor = 80);
