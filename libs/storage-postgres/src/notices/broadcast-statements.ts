import type { Statement } from '../postgres/statement.ts';

const COLUMNS = `broadcast_id, server_name, requested_by, event_type, content, audience, per_second, status, listed_to, is_listed,
  recipients, sent, failed, created_at, changed_at, finished_at`;

export const ADD_BROADCAST: Statement = {
  name: 'add_broadcast',
  text: `insert into broadcasts (broadcast_id, server_name, requested_by, event_type, content, audience, per_second)
         values ($1, $2, $3, $4, $5, $6::jsonb, $7) on conflict do nothing`,
};

export const FIND_BROADCAST: Statement = {
  name: 'find_broadcast',
  text: `select ${COLUMNS} from broadcasts where broadcast_id = $1`,
};

export const LIST_BROADCASTS: Statement = {
  name: 'list_broadcasts',
  text: `select ${COLUMNS} from broadcasts where $1::text is null or server_name = $1
          order by created_at desc, broadcast_id limit $2`,
};

export const LIST_FAILED: Statement = {
  name: 'list_failed_recipients',
  text: `select user_id, error from broadcast_recipients where broadcast_id = $1 and outcome = 'failed'
          order by user_id limit $2`,
};

export const CHANGE_STATUS: Statement = {
  name: 'change_broadcast_status',
  text: `update broadcasts set status = $2, changed_at = now(), next_turn_at = greatest(next_turn_at, now()),
           finished_at = case when $2 = 'cancelled' then now() end
          where broadcast_id = $1 and finished_at is null returning 1`,
};

/** So many recipients of one turn: a fifth of a second's. */
const BATCH = 'least($1, greatest(1, ceil(per_second / 5)))::int';

/** Those of a server that is suspended rest, as its users do. */
const OF_ACTIVE_SERVER = `not exists (select from hosted_servers h where h.server_name = broadcasts.server_name and h.status <> 'active')`;

/** @NOTE What was not used up while nobody had time is lost: the rate is never made up for. */
export const TAKE_TURN: Statement = {
  name: 'take_broadcast_turn',
  text: `update broadcasts set
           next_turn_at = greatest(next_turn_at, now() - interval '200 milliseconds')
             + case when is_listed then make_interval(secs => ${BATCH} / per_second) else interval '0' end
          where broadcast_id = (select broadcast_id from broadcasts
                                 where finished_at is null and status = 'active' and next_turn_at <= now()
                                   and ${OF_ACTIVE_SERVER}
                                 order by next_turn_at limit 1 for update skip locked)
         returning ${COLUMNS}, ${BATCH} as batch`,
};

export const NEXT_TURN: Statement = {
  name: 'next_broadcast_turn',
  text: `select (extract(epoch from min(next_turn_at) - now()) * 1000)::float8 as in_ms from broadcasts
          where finished_at is null and status = 'active' and ${OF_ACTIVE_SERVER}`,
};

export const LOCK_LISTING: Statement = {
  name: 'lock_broadcast_listing',
  text: `select 1 from broadcasts where broadcast_id = $1 and listed_to = $2 and not is_listed and finished_at is null
            for update`,
};

/** Nobody who sends notices or tests is told; whoever was not seen since counts as inactive, also who never was. */
export const LIST_RECIPIENTS: Statement = {
  name: 'list_broadcast_recipients',
  text: `with page as (
           select user_id, is_guest, deactivated_at, user_type, registered_by from users
            where server_name = $2 and user_id > $3 and ($8::text[] is null or user_id = any($8::text[]))
            order by user_id limit $4
         ), chosen as (
           select p.user_id from page p
            where p.deactivated_at is null and p.registered_by is null and ($5 or not p.is_guest) and coalesce(p.user_type, '') not in ('support', 'bot')
              and not ($6 and exists (select from consents c where c.user_id = p.user_id))
              and ($7::float8 is null or not exists (
                select from devices d where d.user_id = p.user_id and d.last_seen_at > to_timestamp($7::float8 / 1000)
                union all
                select from synced_devices s where s.user_id = p.user_id and s.last_seen_at > to_timestamp($7::float8 / 1000)))
         ), added as (
           insert into broadcast_recipients (broadcast_id, user_id) select $1, user_id from chosen
           on conflict do nothing returning 1
         )
         update broadcasts set recipients = recipients + (select count(*) from added),
           listed_to = coalesce((select max(user_id) from page), listed_to),
           is_listed = (select count(*) from page) < $4, changed_at = now()
          where broadcast_id = $1`,
};

export const CLAIM_RECIPIENTS: Statement = {
  name: 'claim_broadcast_recipients',
  text: `update broadcast_recipients set claim = $2, claimed_until = now() + make_interval(secs => $4::float8 / 1000)
          where broadcast_id = $1 and user_id = any(array(
            select user_id from broadcast_recipients
             where broadcast_id = $1 and outcome is null and (claimed_until is null or claimed_until < now())
             order by user_id limit $3 for update skip locked))
         returning user_id`,
};

/** @NOTE Only what the claim still holds is counted: who was too slow has been overtaken by another, who sent the same event. */
export const FINISH_RECIPIENTS: Statement = {
  name: 'finish_broadcast_recipients',
  text: `with outcomes as (
           select * from unnest($3::text[], $4::text[], $5::text[]) as o (user_id, outcome, detail)
         ), done as (
           update broadcast_recipients r set
             outcome = nullif(o.outcome, 'again'),
             event_id = case when o.outcome = 'sent' then o.detail end,
             error = case when o.outcome <> 'sent' then o.detail end,
             claim = null,
             claimed_until = case when o.outcome = 'again' then now() + make_interval(secs => $6::float8 / 1000) end
            from outcomes o
            where r.broadcast_id = $1 and r.user_id = o.user_id and r.claim = $2 and r.outcome is null
           returning r.outcome
         )
         update broadcasts set
           sent = sent + (select count(*) from done where outcome = 'sent'),
           failed = failed + (select count(*) from done where outcome = 'failed'), changed_at = now()
          where broadcast_id = $1`,
};

export const COMPLETE: Statement = {
  name: 'complete_broadcast',
  text: `update broadcasts b set status = 'complete', changed_at = now(), finished_at = now()
          where broadcast_id = $1 and is_listed and finished_at is null and not exists (
            select from broadcast_recipients r where r.broadcast_id = b.broadcast_id and r.outcome is null)
         returning 1`,
};

export const REMOVE_RECIPIENTS: Statement = {
  name: 'remove_broadcast_recipients',
  text: `delete from broadcast_recipients where (broadcast_id, user_id) in (
           select r.broadcast_id, r.user_id from broadcasts b join broadcast_recipients r on r.broadcast_id = b.broadcast_id
            where b.finished_at < now() - make_interval(secs => $1::float8 / 1000) limit $2)
         returning 1`,
};

export const REMOVE_BROADCASTS: Statement = {
  name: 'remove_broadcasts',
  text: `delete from broadcasts where broadcast_id in (
           select b.broadcast_id from broadcasts b
            where b.finished_at < now() - make_interval(secs => $1::float8 / 1000)
              and not exists (select from broadcast_recipients r where r.broadcast_id = b.broadcast_id) limit $2)
         returning 1`,
};
