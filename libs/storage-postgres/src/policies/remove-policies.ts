import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Removes the policies of a hosted server, as a part of its removal. */
export async function removePolicies(transaction: PostgresTransaction, serverName: string): Promise<void> {
  for (const statement of REMOVE_POLICIES) await transaction.run(statement, [serverName]);
  await transaction.run(RAISE_REVISION);
}

const OF_SERVER = `(select v.version_nid from policy_versions v join policies p on p.policy_nid = v.policy_nid where p.server_name = $1)`;

const REMOVE_POLICIES: readonly Statement[] = [
  { name: 'remove_policy_documents_of', text: `delete from policy_documents where version_nid in ${OF_SERVER}` },
  { name: 'remove_policy_versions_of', text: `delete from policy_versions where version_nid in ${OF_SERVER}` },
  { name: 'remove_policies_of', text: 'delete from policies where server_name = $1' },
];
const RAISE_REVISION: Statement = {
  name: 'raise_policies_revision_for_removal',
  text: `with raised as (update policies_revision set revision = revision + 1)
         select pg_notify('plexus_policies', '')`,
};
