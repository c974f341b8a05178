import { appendAccountEvents } from '../account-events/append-account-events.ts';
import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { removeAccountKeys } from './keys/remove-device-keys.ts';
import { removeDevicesAlone } from './remove-devices.ts';

/** Takes password, devices, tokens, keys and third-party ids of a user away; to erase them, their profile too. It comes last in its transaction. */
export async function deactivateUser(
  transaction: PostgresTransaction,
  userId: string,
  { erase }: { readonly erase: boolean },
): Promise<Buffer[]> {
  const [before] = await transaction.run<{ was_active: boolean }>(DEACTIVATE_USER, [userId, erase]);
  await transaction.run(REMOVE_SHORT_LIVED_TOKENS, [userId]);
  await transaction.run(REMOVE_AUTH_SESSIONS, [userId]);
  await transaction.run(REMOVE_THREEPIDS, [userId]);
  await transaction.run(REMOVE_PROFILE_PROPAGATION, [userId]);
  if (erase) await transaction.run(REMOVE_PROFILE_FIELDS, [userId]);
  const gone = await removeDevicesAlone(transaction, userId);
  await removeAccountKeys(transaction, userId);
  if (before?.was_active === true) await appendAccountEvents(transaction, [{ kind: 'deactivated', userId }]);
  return gone;
}

const DEACTIVATE_USER: Statement = {
  name: 'deactivate_user',
  text: `update users u
            set password_hash = null, deactivated_at = coalesce(u.deactivated_at, now()),
                erased_at = case when $2::boolean then coalesce(u.erased_at, now()) else u.erased_at end,
                displayname = case when $2 then null else u.displayname end,
                avatar_url = case when $2 then null else u.avatar_url end,
                language = case when $2 then null else u.language end
           from (select user_id, deactivated_at from users where user_id = $1 for no key update) before
          where u.user_id = before.user_id
         returning before.deactivated_at is null as was_active`,
};
const REMOVE_SHORT_LIVED_TOKENS: Statement = {
  name: 'remove_short_lived_tokens_of_user',
  text: 'delete from short_lived_tokens where user_id = $1',
};
const REMOVE_AUTH_SESSIONS: Statement = {
  name: 'remove_auth_sessions_of_gone_user',
  text: 'delete from auth_sessions where user_id = $1',
};
const REMOVE_THREEPIDS: Statement = {
  name: 'remove_threepids_of_gone_user',
  text: 'delete from user_threepids where user_id = $1',
};
const REMOVE_PROFILE_PROPAGATION: Statement = {
  name: 'remove_profile_propagation_of_gone_user',
  text: 'delete from profile_propagations where user_id = $1',
};
const REMOVE_PROFILE_FIELDS: Statement = {
  name: 'remove_profile_fields_of_gone_user',
  text: 'delete from profile_fields where user_id = $1',
};
