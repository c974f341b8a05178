import type { PostgresTransaction } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';
import { recordDeviceListChange } from './device-list-changes.ts';

/**
 * Removes the keys of devices that are no longer there, with their signatures, in the transaction that removed the devices. Where one had identity
 * keys that is a change of the user's device list: nothing may follow in the transaction that waits.
 */
export async function removeKeysOfGoneDevices(transaction: PostgresTransaction, userId: string): Promise<void> {
  const removed = await transaction.run<{ device_id: string }>(REMOVE_DEVICE_KEYS, [userId]);
  for (const statement of REMOVE_OTHER_KEYS) await transaction.run(statement, [userId]);
  const deviceIds = removed.map((row) => row.device_id);
  if (deviceIds.length === 0) return;
  await transaction.run(REMOVE_SIGNATURES, [userId, deviceIds]);
  await recordDeviceListChange(transaction, userId);
}

/**
 * Removes all keys of a user, of devices, of cross-signing and backed up, and all signatures by and for them, in the transaction that removes the account.
 * It is a change of the user's device list: nothing may follow in the transaction that waits.
 */
export async function removeAccountKeys(transaction: PostgresTransaction, userId: string): Promise<void> {
  for (const statement of REMOVE_ACCOUNT_KEYS) await transaction.run(statement, [userId]);
  await recordDeviceListChange(transaction, userId);
}

const REMOVE_ACCOUNT_KEYS: readonly Statement[] = [
  { name: 'remove_device_keys_of', text: 'delete from device_keys where user_id = $1' },
  { name: 'remove_one_time_keys_of', text: 'delete from one_time_keys where user_id = $1' },
  { name: 'remove_fallback_keys_of', text: 'delete from fallback_keys where user_id = $1' },
  { name: 'remove_cross_signing_keys_of', text: 'delete from cross_signing_keys where user_id = $1' },
  { name: 'remove_key_signatures_of', text: 'delete from key_signatures where user_id = $1 or signer_user_id = $1' },
  { name: 'remove_backed_up_keys_of', text: 'delete from backed_up_keys where user_id = $1' },
  { name: 'remove_dehydrated_device_of', text: 'delete from dehydrated_devices where user_id = $1' },
  { name: 'remove_key_backups_of', text: 'delete from key_backups where user_id = $1' },
];
const IS_GONE = `k.user_id = $1
            and not exists (select from devices d where d.user_id = k.user_id and d.device_id = k.device_id)`;

const REMOVE_DEVICE_KEYS: Statement = {
  name: 'remove_device_keys',
  text: `delete from device_keys k where ${IS_GONE} returning k.device_id`,
};
const REMOVE_OTHER_KEYS: readonly Statement[] = [
  { name: 'remove_one_time_keys', text: `delete from one_time_keys k where ${IS_GONE}` },
  { name: 'remove_fallback_keys', text: `delete from fallback_keys k where ${IS_GONE}` },
  { name: 'remove_dehydration', text: `delete from dehydrated_devices k where ${IS_GONE}` },
];
const REMOVE_SIGNATURES: Statement = {
  name: 'remove_signatures_of_devices',
  text: `delete from key_signatures
          where user_id = $1
            and (key_id = any($2::text[])
                 or (signer_user_id = $1 and signer_key_id = any(select 'ed25519:' || id from unnest($2::text[]) as id)))`,
};
