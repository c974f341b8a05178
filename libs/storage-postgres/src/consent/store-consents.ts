import { serverNameOf } from '@plexus/matrix-base';
import type { AccountFact, NewConsent } from '@plexus/storage';
import { int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/**
 * Stores what a user agrees to, within a transaction. Returns the facts to be told of: of what was agreed to before there is none, and what was
 * agreed to first stays. Versions that are not there are left out.
 */
export async function storeConsents(
  transaction: PostgresTransaction,
  userId: string,
  consents: readonly NewConsent[],
): Promise<AccountFact[]> {
  if (consents.length === 0) return [];
  const rows = await transaction.run<{ policy: string; version: string }>(STORE_CONSENTS, [
    userId,
    serverNameOf(userId),
    int8Array(consents.map(({ versionNid }) => versionNid)),
    textArray(consents.map(({ language }) => language)),
    textArray(consents.map(({ address }) => address)),
    textArray(consents.map(({ way }) => way)),
  ]);
  return rows.map(({ policy, version }) => ({ kind: 'consented', userId, policy, version }));
}

const STORE_CONSENTS: Statement = {
  name: 'store_consents',
  text: `insert into consents (user_id, version_nid, policy_nid, server_name, policy, version, language, text_sha256, address, way)
         select $1, v.version_nid, v.policy_nid, $2, p.name, v.version, d.language, coalesce(d.sha256, v.sha256), n.address, n.way
           from unnest($3::bigint[], $4::text[], $5::text[], $6::text[]) as n (version_nid, language, address, way)
           join policy_versions v on v.version_nid = n.version_nid
           join policies p on p.policy_nid = v.policy_nid
           left join policy_documents d
                  on d.version_nid = v.version_nid and d.purpose = 'policy' and d.language = n.language
          order by v.version_nid
         on conflict (user_id, version_nid) do nothing
         returning policy, version`,
};
