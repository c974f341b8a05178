import { MAX_KEYS_OF_DEVICE } from '@plexus/storage';
import type { KeyUploadOutcome, NewDeviceKeys, OneTimeKey } from '@plexus/storage';
import { textArray } from '../../postgres/binary-arrays.ts';
import type { PostgresTransaction } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';

/** How long it is remembered that a key was given out. */
export const CLAIMED_KEPT = '7 days';

interface CheckRow {
  /** Of the device's keys, with the new ones. */
  readonly count: number;
  /** A key to which the same id belongs as to a new one, and which is another one. */
  readonly algorithm: string | null;
  readonly key_id: string | null;
}

/** Why the keys cannot be stored. The caller has locked the device. */
export async function findKeyFault(
  transaction: PostgresTransaction,
  { userId, deviceId, oneTimeKeys, fallbackKeys }: NewDeviceKeys,
): Promise<KeyUploadOutcome | undefined> {
  if (oneTimeKeys.length === 0 && fallbackKeys.length === 0) return undefined;
  const fallback = textArray(fallbackKeys.map(({ algorithm }) => algorithm));
  const values = [userId, deviceId, ...columnsOf(oneTimeKeys), fallback, fallbackKeys.length];
  const [row] = await transaction.run<CheckRow>(CHECK_KEYS, values);
  if (row === undefined) throw new TypeError('The statement returned no row');
  const { count, algorithm, key_id: keyId } = row;
  if (algorithm !== null && keyId !== null) return { outcome: 'other-key', algorithm, keyId };
  return count > MAX_KEYS_OF_DEVICE ? { outcome: 'too-many' } : undefined;
}

/** The caller has locked the device. */
export async function storeOneTimeKeys(
  transaction: PostgresTransaction,
  { userId, deviceId, oneTimeKeys }: NewDeviceKeys,
): Promise<void> {
  if (oneTimeKeys.length === 0) return;
  await transaction.run(FORGET_CLAIMED, [userId, deviceId]);
  await transaction.run(ADD_ONE_TIME_KEYS, [userId, deviceId, ...columnsOf(oneTimeKeys)]);
}

function columnsOf(keys: readonly OneTimeKey[]): Buffer[] {
  return [
    textArray(keys.map(({ algorithm }) => algorithm)),
    textArray(keys.map(({ keyId }) => keyId)),
    textArray(keys.map(({ key }) => key)),
  ];
}

const CHECK_KEYS: Statement = {
  name: 'check_new_keys',
  text: `with new_keys as (
           select n.key, k.algorithm, k.key_id, k.key as known_key
             from unnest($3::text[], $4::text[], $5::text[]) as n (algorithm, key_id, key)
             left join one_time_keys k on k.user_id = $1 and k.device_id = $2 and k.claimed_at is null
                                      and k.algorithm = n.algorithm and k.key_id = n.key_id)
         select (select count(*) from one_time_keys where user_id = $1 and device_id = $2 and claimed_at is null)
              + (select count(*) from new_keys where known_key is null)
              + (select count(*) from fallback_keys where user_id = $1 and device_id = $2 and algorithm <> all ($6::text[]))
              + $7::bigint as count,
                other.algorithm, other.key_id
           from (select) as one left join lateral (select * from new_keys where known_key <> key limit 1) as other on true`,
};
const FORGET_CLAIMED: Statement = {
  name: 'forget_claimed_keys',
  text: `delete from one_time_keys
          where user_id = $1 and device_id = $2 and claimed_at < now() - interval '${CLAIMED_KEPT}'`,
};
/** A new key under the id of one that was given out takes its place. */
const ADD_ONE_TIME_KEYS: Statement = {
  name: 'add_one_time_keys',
  text: `with this as (select nextval('one_time_key_uploads') as upload)
         insert into one_time_keys as k (user_id, device_id, algorithm, key_id, key, upload)
         select $1, $2, n.algorithm, n.key_id, n.key, this.upload
           from this, unnest($3::text[], $4::text[], $5::text[]) as n (algorithm, key_id, key)
         on conflict (user_id, device_id, algorithm, key_id) do update
           set key = excluded.key, upload = excluded.upload, claimed_at = null
         where k.claimed_at is not null and k.key <> excluded.key`,
};
