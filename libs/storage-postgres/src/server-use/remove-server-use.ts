import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Forgets what was done for a hosted server, as a part of its removal. */
export async function removeServerUse(transaction: PostgresTransaction, serverName: string): Promise<void> {
  await transaction.run(REMOVE_USE, [serverName]);
}

const REMOVE_USE: Statement = { name: 'remove_server_use', text: 'delete from server_use where server_name = $1' };
