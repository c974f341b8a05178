import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Removes what the users of a hosted server agreed to, as a part of its removal. */
export async function removeConsents(transaction: PostgresTransaction, serverName: string): Promise<void> {
  await transaction.run(REMOVE_CONSENTS, [serverName]);
}

const REMOVE_CONSENTS: Statement = {
  name: 'remove_consents_of',
  text: 'delete from consents where server_name = $1',
};
