import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Forgets when a user was seen, as a part of the removal of the user. The facts about them go by age. */
export async function removeSeenUser(transaction: PostgresTransaction, userId: string): Promise<void> {
  await transaction.run(REMOVE_SEEN, [userId]);
}

const REMOVE_SEEN: Statement = { name: 'remove_seen_user', text: 'delete from seen_users where user_id = $1' };
