import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/**
 * Removes what a hosted server told its users, as a part of its removal, while its users' rows are there: whoever has the same name later, on a
 * server of the same name, has been told nothing yet, and its administrators see no broadcast of others.
 */
export async function removeNotices(transaction: PostgresTransaction, serverName: string): Promise<void> {
  for (const statement of REMOVE_NOTICES) await transaction.run(statement, [serverName]);
}

/** Removes what a user was told who is erased, or goes with their server: their id is nobody's any more. */
export async function removeUserNotices(transaction: PostgresTransaction, userId: string): Promise<void> {
  for (const statement of REMOVE_USER_NOTICES) await transaction.run(statement, [userId]);
}

const REMOVE_USER_NOTICES: readonly Statement[] = [
  'notice_rooms',
  'notice_deliveries',
  'notice_checks',
  'broadcast_recipients',
].map((table) => ({ name: `remove_${table}_of_user`, text: `delete from ${table} where user_id = $1` }));

const USERS = '(select user_id from users where server_name = $1)';

const REMOVE_NOTICES: readonly Statement[] = [
  { name: 'remove_notice_rooms_of', text: `delete from notice_rooms where user_id in ${USERS}` },
  { name: 'remove_notice_deliveries_of', text: `delete from notice_deliveries where user_id in ${USERS}` },
  { name: 'remove_notice_checks_of', text: `delete from notice_checks where user_id in ${USERS}` },
  {
    name: 'remove_broadcast_recipients_of',
    text: `delete from broadcast_recipients r using broadcasts b where b.server_name = $1 and r.broadcast_id = b.broadcast_id`,
  },
  { name: 'remove_broadcasts_of', text: 'delete from broadcasts where server_name = $1' },
];
