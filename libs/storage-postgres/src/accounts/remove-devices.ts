import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { removeGoneInboxes } from '../user-streams/remove-gone-inboxes.ts';
import { removeKeysOfGoneDevices } from './keys/remove-device-keys.ts';
import { tokenHashesOf } from './token-hashes.ts';
import type { TokenHashRow } from './token-hashes.ts';
import type { WhichDevices } from './which-devices.ts';
import { whichDevices, WHICH_DEVICES } from './which-devices.ts';

/** Removes devices with all that belongs to them. Returns the hashes of the access tokens that went. It comes last in its transaction. */
export async function removeDevices(
  transaction: PostgresTransaction,
  userId: string,
  which: WhichDevices = {},
): Promise<Buffer[]> {
  const gone = await removeDevicesAlone(transaction, userId, which);
  await removeKeysOfGoneDevices(transaction, userId);
  return gone;
}

/** The devices, their tokens and what waits for them, not their keys. The user's row is locked first, as wherever tokens change. */
export async function removeDevicesAlone(
  transaction: PostgresTransaction,
  userId: string,
  which: WhichDevices = {},
): Promise<Buffer[]> {
  await transaction.run(LOCK_USER, [userId]);
  await transaction.run(REMOVE_DEVICES, whichDevices(userId, which));
  await removeGoneInboxes(transaction, userId);
  return removeTokens(transaction, userId, which);
}

/** The tokens of devices that stay. The caller has locked the user's row. */
export async function removeTokens(
  transaction: PostgresTransaction,
  userId: string,
  which: WhichDevices,
): Promise<Buffer[]> {
  const values = whichDevices(userId, which);
  await transaction.run(REMOVE_REFRESH_TOKENS, values);
  return tokenHashesOf(await transaction.run<TokenHashRow>(REMOVE_TOKENS, values));
}

const LOCK_USER: Statement = {
  name: 'lock_user',
  text: 'select 1 from users where user_id = $1 for no key update',
};
const REMOVE_DEVICES: Statement = { name: 'remove_devices', text: `delete from devices where ${WHICH_DEVICES}` };
const REMOVE_REFRESH_TOKENS: Statement = {
  name: 'remove_refresh_tokens',
  text: `delete from refresh_tokens where ${WHICH_DEVICES}`,
};
const REMOVE_TOKENS: Statement = {
  name: 'remove_tokens',
  text: `delete from access_tokens where ${WHICH_DEVICES} returning token_hash`,
};
