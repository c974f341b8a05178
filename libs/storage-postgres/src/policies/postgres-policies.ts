import { createHash } from 'node:crypto';
import type { Clock } from '@plexus/matrix-base';
import { policiesInForce } from '@plexus/storage';
import type {
  NewPolicyVersion,
  Policy,
  PolicyDocument,
  PolicyRepository,
  PolicySettings,
  PublishOutcome,
} from '@plexus/storage';
import { appendAccountEvents } from '../account-events/append-account-events.ts';
import { byteaArray, textArray } from '../postgres/binary-arrays.ts';
import { FollowedCopy } from '../postgres/followed-copy.ts';
import type { PostgresDatabase, PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { READ_REVISION, readPolicies } from './policies-copy.ts';
import type { PoliciesCopy } from './policies-copy.ts';

interface DocumentRow {
  readonly language: string;
  readonly purpose: PolicyDocument['purpose'];
  readonly format: PolicyDocument['format'];
  readonly title: string | null;
  readonly source: string;
  readonly sha256: Buffer;
}

const CHANNEL = 'plexus_policies';
const EMPTY: PoliciesCopy = { revision: 0, list: [], byServer: new Map() };
const NONE: readonly Policy[] = [];

/** The policies, with this process's copy of them. */
export class PostgresPolicies implements PolicyRepository {
  readonly #database: PostgresDatabase;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #copy: FollowedCopy<PoliciesCopy>;

  constructor(database: PostgresDatabase, options: { clock: Clock; onPollError: (error: unknown) => void }) {
    this.#database = database;
    this.#clock = options.clock;
    this.#copy = new FollowedCopy(database, {
      ...options,
      channel: CHANNEL,
      empty: EMPTY,
      readRevision: READ_REVISION,
      readAll: readPolicies,
    });
  }

  start(): Promise<void> {
    return this.#copy.start();
  }

  stop(): Promise<void> {
    return this.#copy.stop();
  }

  refresh(): Promise<void> {
    return this.#copy.refresh();
  }

  policiesOf(serverName: string): readonly Policy[] {
    const { byServer } = this.#copy.current;
    const common = byServer.get('') ?? NONE;
    return policiesInForce(byServer.get(serverName) ?? NONE, common, this.#clock.now());
  }

  list(): readonly Policy[] {
    return this.#copy.current.list;
  }

  async storePolicy(policy: Pick<Policy, 'serverName' | 'name' | 'origin'> & PolicySettings): Promise<Policy> {
    const { serverName, name, noticeContent, noticeTranslations } = policy;
    await this.#change(async (transaction) => {
      const changed = await transaction.run(STORE_POLICY, [
        serverName,
        name,
        policy.title,
        policy.origin,
        policy.isRequiredAtRegistration,
        policy.blockError,
        noticeContent && JSON.stringify(noticeContent),
        noticeTranslations && JSON.stringify(noticeTranslations),
        policy.notifiesGuests,
      ]);
      return changed.length === 1;
    });
    const stored = this.list().find((one) => one.serverName === serverName && one.name === name);
    if (stored === undefined) throw new TypeError('a policy that was stored is not in the copy');
    return stored;
  }

  retirePolicy(policyNid: number): Promise<boolean> {
    return this.#change(async (transaction) => (await transaction.run(RETIRE_POLICY, [policyNid])).length === 1);
  }

  async publishVersion(policyNid: number, version: NewPolicyVersion): Promise<PublishOutcome> {
    let outcome: PublishOutcome = 'published';
    await this.#change(async (transaction) => {
      outcome = await publish(transaction, policyNid, version);
      return outcome === 'published';
    });
    return outcome;
  }

  setBlockDate(versionNid: number, blockAt: number | undefined): Promise<boolean> {
    const values = [versionNid, blockAt];
    return this.#change(async (transaction) => (await transaction.run(SET_BLOCK_DATE, values)).length === 1);
  }

  removeVersion(versionNid: number): Promise<boolean> {
    return this.#change(async (transaction) => {
      if ((await transaction.run(REMOVE_VERSION, [versionNid])).length === 0) return false;
      await transaction.run(REMOVE_DOCUMENTS, [versionNid]);
      return true;
    });
  }

  async findDocuments(versionNid: number): Promise<PolicyDocument[]> {
    const rows = await this.#database.run<DocumentRow>(FIND_DOCUMENTS, [versionNid]);
    return rows.map(({ title, ...document }) => ({ ...document, ...(title !== null && { title }) }));
  }

  /** Locks the revision's row first, so that changes follow one another and the revision is raised with what it announces. */
  async #change(work: (transaction: PostgresTransaction) => Promise<boolean>): Promise<boolean> {
    const isChanged = await this.#database.transaction(async (transaction) => {
      await transaction.run(LOCK_REVISION);
      const changed = await work(transaction);
      if (changed) await transaction.run(RAISE_REVISION);
      return changed;
    });
    await this.#copy.refresh();
    return isChanged;
  }
}

async function publish(
  transaction: PostgresTransaction,
  policyNid: number,
  { version, effectiveAt, blockAt, documents }: NewPolicyVersion,
): Promise<PublishOutcome> {
  const [policy] = await transaction.run<PlaceRow>(FIND_PLACE, [policyNid, version, effectiveAt]);
  if (policy === undefined) return 'unknown-policy';
  if (policy.has_version) return 'version-exists';
  if (policy.is_too_early) return 'too-early';
  const values = [policyNid, version, effectiveAt, blockAt, digestOf(documents)];
  const [added] = await transaction.run<{ version_nid: number }>(ADD_VERSION, values);
  if (added === undefined) throw new TypeError('The statement returned no row');
  await transaction.run(ADD_DOCUMENTS, [
    added.version_nid,
    textArray(documents.map(({ language }) => language)),
    textArray(documents.map(({ purpose }) => purpose)),
    textArray(documents.map(({ format }) => format)),
    textArray(documents.map(({ title }) => title)),
    textArray(documents.map(({ source }) => source)),
    byteaArray(documents.map(({ sha256 }) => sha256)),
  ]);
  const { server_name: serverName, name } = policy;
  await appendAccountEvents(transaction, [{ kind: 'policy-published', serverName, policy: name, version }]);
  return 'published';
}

interface PlaceRow {
  readonly server_name: string;
  readonly name: string;
  readonly has_version: boolean;
  readonly is_too_early: boolean;
}

/** Over all that could have been shown, whatever the order in which it came. */
function digestOf(documents: readonly PolicyDocument[]): Buffer {
  const parts = documents.map(({ language, purpose, sha256 }) => `${purpose} ${language} ${sha256.toString('hex')}\n`);
  return createHash('sha256').update(parts.toSorted().join('')).digest();
}

const LOCK_REVISION: Statement = {
  name: 'lock_policies_revision',
  text: 'select revision from policies_revision for update',
};
const RAISE_REVISION: Statement = {
  name: 'raise_policies_revision',
  text: `with raised as (update policies_revision set revision = revision + 1)
         select pg_notify('${CHANNEL}', '')`,
};
const STORE_POLICY: Statement = {
  name: 'store_policy',
  text: `insert into policies as p (server_name, name, title, origin, required_at_registration, block_error, notice_content,
                                    notice_translations, notifies_guests)
         values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9)
         on conflict (server_name, name) do update
            set title = excluded.title, origin = excluded.origin, required_at_registration = excluded.required_at_registration,
                block_error = excluded.block_error, notice_content = excluded.notice_content,
                notice_translations = excluded.notice_translations, notifies_guests = excluded.notifies_guests, retired_at = null
          where (p.title, p.origin, p.required_at_registration, p.block_error, p.notice_content, p.notice_translations,
                 p.notifies_guests, p.retired_at)
                is distinct from
                (excluded.title, excluded.origin, excluded.required_at_registration, excluded.block_error,
                 excluded.notice_content, excluded.notice_translations, excluded.notifies_guests, null::timestamptz)
         returning 1`,
};
const RETIRE_POLICY: Statement = {
  name: 'retire_policy',
  text: 'update policies set retired_at = now() where policy_nid = $1 and retired_at is null returning 1',
};
const FIND_PLACE: Statement = {
  name: 'find_place_of_policy_version',
  text: `select p.server_name, p.name,
                exists (select from policy_versions v where v.policy_nid = p.policy_nid and v.version = $2) as has_version,
                exists (select from policy_versions v where v.policy_nid = p.policy_nid
                           and v.effective_at > coalesce(to_timestamp($3::float8 / 1000), now())) as is_too_early
           from policies p where p.policy_nid = $1 and p.retired_at is null`,
};
const ADD_VERSION: Statement = {
  name: 'add_policy_version',
  text: `insert into policy_versions (policy_nid, version, effective_at, block_at, sha256)
         values ($1, $2, coalesce(to_timestamp($3::float8 / 1000), now()), to_timestamp($4::float8 / 1000), $5)
         returning version_nid`,
};
const ADD_DOCUMENTS: Statement = {
  name: 'add_policy_documents',
  text: `insert into policy_documents (version_nid, language, purpose, format, title, source, sha256)
         select $1::bigint, d.* from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[]) as d`,
};
const SET_BLOCK_DATE: Statement = {
  name: 'set_policy_block_date',
  text: `update policy_versions set block_at = to_timestamp($2::float8 / 1000)
          where version_nid = $1 returning 1`,
};
const REMOVE_VERSION: Statement = {
  name: 'remove_policy_version',
  text: `delete from policy_versions v
          where version_nid = $1 and effective_at > now()
            and not exists (select from consents c where c.version_nid = v.version_nid)
         returning 1`,
};
const REMOVE_DOCUMENTS: Statement = {
  name: 'remove_policy_documents',
  text: 'delete from policy_documents where version_nid = $1',
};
const FIND_DOCUMENTS: Statement = {
  name: 'find_policy_documents',
  text: `select language, purpose, format, title, source, sha256 from policy_documents
          where version_nid = $1 order by purpose, language`,
};
