import { serverNameOf } from '@plexus/matrix-base';
import type { Consent, ConsentOutcome, ConsentRepository, NewConsent, RequiredConsent } from '@plexus/storage';
import { appendAccountEvents } from '../account-events/append-account-events.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { storeConsents } from './store-consents.ts';

interface ConsentRow {
  readonly user_id: string;
  readonly policy_nid: number;
  readonly policy: string;
  readonly version_nid: number;
  readonly version: string;
  readonly language: string | null;
  readonly text_sha256: Buffer;
  readonly accepted_at: Date;
  readonly address: string;
  readonly way: Consent['way'];
}

interface RequiredRow {
  readonly policy_nid: number;
  readonly policy: string;
  readonly version_nid: number;
  readonly is_given: boolean;
}

/** Who agreed to what. */
export class PostgresConsents implements ConsentRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async storeConsent(userId: string, consent: NewConsent): Promise<ConsentOutcome> {
    return this.#database.transaction(async (transaction) => {
      if ((await transaction.run(LOCK_USER, [userId])).length === 0) return 'unknown-user';
      if ((await transaction.run(FIND_VERSION, [consent.versionNid])).length === 0) return 'unknown-version';
      const facts = await storeConsents(transaction, userId, [consent]);
      await appendAccountEvents(transaction, facts);
      return facts.length === 1 ? 'stored' : 'known';
    });
  }

  async findConsents(userId: string): Promise<Consent[]> {
    return (await this.#database.run<ConsentRow>(FIND_CONSENTS, [userId])).map(consentOf);
  }

  async findRequired(userId: string): Promise<RequiredConsent[]> {
    const rows = await this.#database.run<RequiredRow>(FIND_REQUIRED, [userId, serverNameOf(userId)]);
    return rows.map(({ policy_nid: policyNid, policy, version_nid: versionNid, is_given: isGiven }) => ({
      policyNid,
      policy,
      versionNid,
      isGiven,
    }));
  }

  async listConsents(
    serverName: string,
    { after, limit }: Parameters<ConsentRepository['listConsents']>[1],
  ): Promise<Consent[]> {
    const values = [serverName, after?.userId ?? '', after?.versionNid ?? 0, limit];
    return (await this.#database.run<ConsentRow>(LIST_CONSENTS, values)).map(consentOf);
  }
}

function consentOf(row: ConsentRow): Consent {
  return {
    userId: row.user_id,
    policyNid: row.policy_nid,
    policy: row.policy,
    versionNid: row.version_nid,
    version: row.version,
    ...(row.language !== null && { language: row.language }),
    textSha256: row.text_sha256,
    acceptedAt: row.accepted_at.getTime(),
    address: row.address,
    way: row.way,
  };
}

const COLUMNS = `user_id, policy_nid, policy, version_nid, version, language, text_sha256, accepted_at, address, way`;

/** So that nobody agrees whose account is removed at the same time. */
const LOCK_USER: Statement = {
  name: 'lock_consenting_user',
  text: 'select 1 from users where user_id = $1 and deactivated_at is null for key share',
};
const FIND_VERSION: Statement = {
  name: 'find_policy_version',
  text: 'select 1 from policy_versions where version_nid = $1',
};
const FIND_CONSENTS: Statement = {
  name: 'find_consents',
  text: `select ${COLUMNS} from consents where user_id = $1 order by accepted_at, version_nid`,
};
const LIST_CONSENTS: Statement = {
  name: 'list_consents',
  text: `select ${COLUMNS} from consents
          where server_name = $1 and (user_id, version_nid) > ($2, $3::bigint) order by user_id, version_nid limit $4`,
};
/** Of the policies that are in force on the server, as `policiesInForce` says; of each, the last version that blocks by now. */
const FIND_REQUIRED: Statement = {
  name: 'find_required_consents',
  text: `select p.policy_nid, p.name as policy, v.version_nid,
                exists (select from consents c
                         where c.user_id = $1 and c.policy_nid = p.policy_nid and c.version_nid >= v.version_nid) as is_given
           from policies p, lateral (
             select version_nid from policy_versions
              where policy_nid = p.policy_nid and block_at <= now() and effective_at <= now()
              order by version_nid desc limit 1) v
          where p.retired_at is null
            and p.server_name = case when exists (
                  select from policies o join policy_versions w on w.policy_nid = o.policy_nid
                   where o.server_name = $2 and o.retired_at is null and w.effective_at <= now()) then $2 else '' end
          order by p.name`,
};
