import type { NewDeviceKeys, OneTimeKey } from '@plexus/storage';
import { textArray } from '../../postgres/binary-arrays.ts';
import type { PostgresTransaction } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';

/** How long it is remembered that a key was given out. */
const CLAIMED_KEPT = '7 days';

/** A key to which the same id belongs as to one of these, and which is another one. */
export async function findOtherKey(
  transaction: PostgresTransaction,
  { userId, deviceId, oneTimeKeys }: NewDeviceKeys,
): Promise<Pick<OneTimeKey, 'algorithm' | 'keyId'> | undefined> {
  if (oneTimeKeys.length === 0) return undefined;
  const values = [userId, deviceId, ...columnsOf(oneTimeKeys)];
  const [row] = await transaction.run<{ algorithm: string; key_id: string }>(FIND_OTHER_KEY, values);
  return row && { algorithm: row.algorithm, keyId: row.key_id };
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

const FIND_OTHER_KEY: Statement = {
  name: 'find_other_one_time_key',
  text: `select k.algorithm, k.key_id
           from unnest($3::text[], $4::text[], $5::text[]) as n (algorithm, key_id, key)
           join one_time_keys k on k.user_id = $1 and k.device_id = $2 and k.algorithm = n.algorithm and k.key_id = n.key_id
          where k.key <> n.key and k.claimed_at is null limit 1`,
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
