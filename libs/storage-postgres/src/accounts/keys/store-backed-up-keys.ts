import type { BackedUpKey, StoreBackedUpKeysOutcome } from '@plexus/storage';
import { int8Array, textArray } from '../../postgres/binary-arrays.ts';
import type { PostgresTransaction } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';

interface CurrentRow {
  readonly version: number;
  readonly etag: number;
  readonly key_count: number;
}

/** The row of the current backup is locked until the commit. */
export async function storeBackedUpKeys(
  transaction: PostgresTransaction,
  request: { readonly userId: string; readonly version: number; readonly keys: readonly BackedUpKey[] },
): Promise<StoreBackedUpKeysOutcome> {
  const { userId, version, keys } = request;
  const [current] = await transaction.run<CurrentRow>(LOCK_CURRENT, [userId]);
  if (current === undefined) return { outcome: 'no-backup' };
  if (current.version !== version) return { outcome: 'other-version', currentVersion: current.version };
  const stored = await transaction.run<{ is_new: boolean }>(STORE_KEYS, [userId, version, ...columnsOf(keys)]);
  const added = stored.filter((row) => row.is_new).length;
  const state = { etag: current.etag + (stored.length > 0 ? 1 : 0), count: current.key_count + added };
  if (stored.length > 0) await transaction.run(ADVANCE_STATE, [userId, version, state.etag, state.count]);
  return { outcome: 'stored', state };
}

function columnsOf(keys: readonly BackedUpKey[]): Buffer[] {
  return [
    textArray(keys.map(({ roomId }) => roomId)),
    textArray(keys.map(({ sessionId }) => sessionId)),
    int8Array(keys.map(({ firstMessageIndex }) => firstMessageIndex)),
    int8Array(keys.map(({ forwardedCount }) => forwardedCount)),
    textArray(keys.map(({ isVerified }) => String(isVerified))),
    textArray(keys.map(({ sessionData }) => sessionData)),
  ];
}

/**
 * @NOTE A version that is made at this moment is not seen: its maker is not answered yet, so these keys came before it. The row that is locked may
 * be one that has just been removed; then the check of the statement is made again, and there is none.
 */
const LOCK_CURRENT: Statement = {
  name: 'lock_current_backup',
  text: `select version, etag, key_count from key_backups
          where user_id = $1 and removed_at is null order by version desc limit 1 for no key update`,
};
const STORE_KEYS: Statement = {
  name: 'store_backed_up_keys',
  text: `insert into backed_up_keys as k
           (user_id, version, room_id, session_id, first_message_index, forwarded_count, is_verified, session_data)
         select $1, $2, n.room_id, n.session_id, n.first_message_index, n.forwarded_count, n.is_verified::boolean,
                n.session_data
           from unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[])
             as n (room_id, session_id, first_message_index, forwarded_count, is_verified, session_data)
         on conflict (user_id, version, room_id, session_id) do update set
           first_message_index = excluded.first_message_index, forwarded_count = excluded.forwarded_count,
           is_verified = excluded.is_verified, session_data = excluded.session_data
         where (not excluded.is_verified, excluded.first_message_index, excluded.forwarded_count)
             < (not k.is_verified, k.first_message_index, k.forwarded_count)
         returning xmax = 0 as is_new`,
};
const ADVANCE_STATE: Statement = {
  name: 'advance_backup_state',
  text: 'update key_backups set etag = $3, key_count = $4 where user_id = $1 and version = $2',
};
