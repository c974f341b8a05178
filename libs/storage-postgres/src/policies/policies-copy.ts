import type { JsonObject } from '@plexus/matrix-base';
import type { Policy, PolicyVersion } from '@plexus/storage';
import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** All policies that are asked for, as of one revision. */
export interface PoliciesCopy {
  readonly revision: number;
  /** In the order of servers and names. */
  readonly list: readonly Policy[];
  /** By server; those of the deployment under the empty name. */
  readonly byServer: ReadonlyMap<string, readonly Policy[]>;
}

interface PolicyRow {
  readonly policy_nid: number;
  readonly server_name: string;
  readonly name: string;
  readonly title: string;
  readonly origin: Policy['origin'];
  readonly required_at_registration: boolean;
  readonly block_error: string | null;
  readonly notice_content: JsonObject | null;
  readonly notice_translations: Record<string, JsonObject> | null;
  readonly notifies_guests: boolean;
}

interface VersionRow {
  readonly policy_nid: number;
  readonly version_nid: number;
  readonly version: string;
  readonly effective_at: Date;
  readonly block_at: Date | null;
  readonly published_at: Date;
  readonly languages: string[];
}

export async function readPolicies(transaction: PostgresTransaction): Promise<PoliciesCopy> {
  const [stored] = await transaction.run<{ revision: number }>(READ_REVISION);
  const versions = Map.groupBy(await transaction.run<VersionRow>(READ_VERSIONS), (row) => row.policy_nid);
  const rows = await transaction.run<PolicyRow>(READ_POLICIES);
  const list = rows.map((row) => policyOf(row, versions.get(row.policy_nid) ?? []));
  return { revision: stored?.revision ?? 0, list, byServer: Map.groupBy(list, ({ serverName }) => serverName) };
}

function policyOf(row: PolicyRow, versions: readonly VersionRow[]): Policy {
  return {
    policyNid: row.policy_nid,
    serverName: row.server_name,
    name: row.name,
    title: row.title,
    origin: row.origin,
    isRequiredAtRegistration: row.required_at_registration,
    notifiesGuests: row.notifies_guests,
    ...(row.block_error !== null && { blockError: row.block_error }),
    ...(row.notice_content !== null && { noticeContent: row.notice_content }),
    ...(row.notice_translations !== null && { noticeTranslations: row.notice_translations }),
    versions: versions.map(versionOf),
  };
}

function versionOf(row: VersionRow): PolicyVersion {
  return {
    versionNid: row.version_nid,
    version: row.version,
    effectiveAt: row.effective_at.getTime(),
    ...(row.block_at !== null && { blockAt: row.block_at.getTime() }),
    publishedAt: row.published_at.getTime(),
    languages: row.languages,
  };
}

export const READ_REVISION: Statement = {
  name: 'read_policies_revision',
  text: 'select revision from policies_revision',
};
const READ_POLICIES: Statement = {
  name: 'read_policies',
  text: `select policy_nid, server_name, name, title, origin, required_at_registration, block_error, notice_content,
                notice_translations, notifies_guests
           from policies where retired_at is null order by server_name, name`,
};
const READ_VERSIONS: Statement = {
  name: 'read_policy_versions',
  text: `select v.policy_nid, v.version_nid, v.version, v.effective_at, v.block_at, v.published_at,
                array(select d.language from policy_documents d
                       where d.version_nid = v.version_nid and d.purpose = 'policy' order by d.language) as languages
           from policy_versions v order by v.policy_nid, v.version_nid`,
};
