import type { NewDeviceKeys } from '@plexus/storage';
import type { PostgresTransaction } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';

/** Whether that changed anything. Signatures for other keys of the device go. The caller has locked the device. */
export async function storeDeviceKeys(
  transaction: PostgresTransaction,
  { userId, deviceId, deviceKeys }: NewDeviceKeys,
): Promise<boolean> {
  if (deviceKeys === undefined) return false;
  const changed = await transaction.run(SET_DEVICE_KEYS, [userId, deviceId, deviceKeys]);
  if (changed.length === 0) return false;
  await transaction.run(REMOVE_SIGNATURES, [userId, deviceId]);
  return true;
}

const SET_DEVICE_KEYS: Statement = {
  name: 'set_device_keys',
  text: `insert into device_keys as k (user_id, device_id, keys) values ($1, $2, $3)
         on conflict (user_id, device_id) do update set keys = excluded.keys where k.keys <> excluded.keys
         returning 1`,
};
const REMOVE_SIGNATURES: Statement = {
  name: 'remove_signatures_of_device',
  text: 'delete from key_signatures where user_id = $1 and key_id = $2',
};
