import type { ClaimedKey, KeyClaim } from '@plexus/storage';
import { textArray } from '../../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';

interface ClaimedRow {
  readonly user_id: string;
  readonly device_id: string;
  readonly algorithm: string;
  readonly key_id: string;
  readonly key: string;
}

/**
 * @NOTE Two statements, each a transaction of its own: a key that was taken stays taken, whatever happens next. A one-time key that another claim
 * has locked is passed over, so two claims never wait for each other and never get the same one.
 */
export async function claimKeys(database: PostgresDatabase, claims: readonly KeyClaim[]): Promise<ClaimedKey[]> {
  if (claims.length === 0) return [];
  const taken = await database.run<ClaimedRow>(TAKE_ONE_TIME_KEYS, arraysOf(claims));
  const served = new Set(taken.map((row) => nameOf(row.user_id, row.device_id, row.algorithm)));
  const rest = claims.filter((claim) => !served.has(nameOf(claim.userId, claim.deviceId, claim.algorithm)));
  const fallback = rest.length === 0 ? [] : await database.run<ClaimedRow>(USE_FALLBACK_KEYS, arraysOf(rest));
  return [...taken, ...fallback].map((row) => {
    const { user_id: userId, device_id: deviceId, key_id: keyId, algorithm, key } = row;
    return { userId, deviceId, algorithm, keyId, key };
  });
}

function arraysOf(claims: readonly KeyClaim[]): Buffer[] {
  return [
    textArray(claims.map(({ userId }) => userId)),
    textArray(claims.map(({ deviceId }) => deviceId)),
    textArray(claims.map(({ algorithm }) => algorithm)),
  ];
}

function nameOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

const CLAIM = `claim as (select * from unnest($1::text[], $2::text[], $3::text[]) as c (user_id, device_id, algorithm))`;

const TAKE_ONE_TIME_KEYS: Statement = {
  name: 'take_one_time_keys',
  text: `with ${CLAIM}, taken as (
           select t.* from claim c cross join lateral (
             select k.user_id, k.device_id, k.algorithm, k.key_id from one_time_keys k
              where k.user_id = c.user_id and k.device_id = c.device_id and k.algorithm = c.algorithm
                and k.claimed_at is null
              order by k.upload limit 1 for update skip locked) t)
         update one_time_keys k set claimed_at = now() from taken t
          where k.user_id = t.user_id and k.device_id = t.device_id and k.algorithm = t.algorithm and k.key_id = t.key_id
         returning k.user_id, k.device_id, k.algorithm, k.key_id, k.key`,
};
/** The rows are locked in their order; a key that is replaced at this moment is not marked. */
const USE_FALLBACK_KEYS: Statement = {
  name: 'use_fallback_keys',
  text: `with ${CLAIM}, found as (
           select k.* from claim c join fallback_keys k using (user_id, device_id, algorithm)),
         locked as (
           select k.user_id, k.device_id, k.algorithm, k.key_id
             from found f join fallback_keys k using (user_id, device_id, algorithm, key_id)
            where not k.is_used order by k.user_id, k.device_id, k.algorithm for no key update of k),
         marked as (
           update fallback_keys k set is_used = true from locked l
            where k.user_id = l.user_id and k.device_id = l.device_id and k.algorithm = l.algorithm
              and k.key_id = l.key_id)
         select user_id, device_id, algorithm, key_id, key from found`,
};
