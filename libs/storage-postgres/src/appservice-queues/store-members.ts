/**
 * Inserts memberships that the JSON of `$1` names; what follows says on which condition, and what where there is one: a later row of the log
 * wins.
 */
export const STORE_MEMBERS = `insert into appservice_members (appservice_id, room_shard, room_nid, user_id, is_joined, position)
  select appservice_id, room_shard, room_nid, user_id, is_joined, position
  from jsonb_to_recordset($1::jsonb) as m (appservice_id text, room_shard int, room_nid bigint, user_id text,
    is_joined boolean, position bigint)
  where true`;
