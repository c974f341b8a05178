import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Removes what waits for devices of the user that are gone, as a part of their removal. */
export async function removeGoneInboxes(transaction: PostgresTransaction, userId: string): Promise<void> {
  await transaction.run(REMOVE_GONE_INBOXES, [userId]);
}

const REMOVE_GONE_INBOXES: Statement = {
  name: 'remove_gone_inboxes',
  text: `delete from to_device_messages m where m.user_id = $1 and not exists (
           select 1 from devices d where d.user_id = m.user_id and d.device_id = m.device_id)`,
};
