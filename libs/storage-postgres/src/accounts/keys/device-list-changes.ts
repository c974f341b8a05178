import type { PostgresTransaction } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';

/**
 * Records a change of a user's device list. It is the last thing that a transaction does: from here to the commit it holds the one row that
 * orders all changes.
 */
export async function recordDeviceListChange(
  transaction: PostgresTransaction,
  userId: string,
  seenBy: string = EVERYBODY,
): Promise<void> {
  await transaction.run(RECORD_CHANGE, [userId, seenBy]);
}

/** In `seen_by`. */
export const EVERYBODY = '';

const RECORD_CHANGE: Statement = {
  name: 'record_device_list_change',
  text: `with next as (update device_list_position set position = position + 1 returning position)
         insert into device_list_changes (user_id, seen_by, position) select $1, $2, position from next
         on conflict (user_id, seen_by) do update set position = excluded.position`,
};
