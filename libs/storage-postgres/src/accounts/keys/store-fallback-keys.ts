import type { NewDeviceKeys } from '@plexus/storage';
import type { PostgresTransaction } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';

/** Replaces the keys of these algorithms; one that is there already stays as used as it is. The caller has locked the device. */
export async function storeFallbackKeys(
  transaction: PostgresTransaction,
  { userId, deviceId, fallbackKeys }: NewDeviceKeys,
): Promise<void> {
  for (const { algorithm, keyId, key } of fallbackKeys)
    await transaction.run(SET_FALLBACK_KEY, [userId, deviceId, algorithm, keyId, key]);
}

const SET_FALLBACK_KEY: Statement = {
  name: 'set_fallback_key',
  text: `insert into fallback_keys as f (user_id, device_id, algorithm, key_id, key) values ($1, $2, $3, $4, $5)
         on conflict (user_id, device_id, algorithm) do update
           set key_id = excluded.key_id, key = excluded.key, is_used = false
         where f.key_id <> excluded.key_id or f.key <> excluded.key`,
};
