import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Removes everything that was addressed to a user, as a part of the removal of the user. */
export async function removeUserStream(transaction: PostgresTransaction, userId: string): Promise<void> {
  for (const statement of REMOVE_STREAM) await transaction.run(statement, [userId]);
}

/** @NOTE The stream's row first: whoever writes into the stream holds it. */
const REMOVE_STREAM: readonly Statement[] = [
  { name: 'remove_user_stream', text: 'delete from user_streams where user_id = $1' },
  { name: 'remove_account_data_of', text: 'delete from account_data where user_id = $1' },
  { name: 'remove_to_device_messages_of', text: 'delete from to_device_messages where user_id = $1' },
  { name: 'remove_to_device_transactions_of', text: 'delete from to_device_transactions where sender = $1' },
];
