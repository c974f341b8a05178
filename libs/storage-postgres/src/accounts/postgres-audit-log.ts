import type { AuditEntry, AuditLog, AuditOutcome, AuditQuery, NewAuditEntry } from '@plexus/storage';
import type { JsonObject } from '@plexus/matrix-base';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface AuditRow {
  readonly entry_id: number;
  readonly begun_at: Date;
  readonly administrator: string;
  readonly server_name: string;
  readonly scope: AuditEntry['scope'];
  readonly action: string;
  readonly target: Record<string, string>;
  readonly details: JsonObject;
  readonly address: string;
  readonly http_status: number | null;
  readonly errcode: string | null;
}

export class PostgresAuditLog implements AuditLog {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async begin(entry: NewAuditEntry): Promise<number> {
    const { administrator, serverName, scope, action, target, details, address } = entry;
    const written = [JSON.stringify(target), JSON.stringify(details)].map(withoutNul);
    const values = [administrator, serverName, scope, action, ...written, address];
    const [row] = await this.#database.run<Pick<AuditRow, 'entry_id'>>(BEGIN_ENTRY, values);
    return row?.entry_id ?? 0;
  }

  async finish(entryId: number, { httpStatus, errcode }: AuditOutcome): Promise<void> {
    await this.#database.run(FINISH_ENTRY, [entryId, httpStatus, errcode]);
  }

  async list({ serverName, scope, administrator, target, before, limit }: AuditQuery): Promise<AuditEntry[]> {
    const values = [serverName, administrator, target, before, limit, scope];
    return (await this.#database.run<AuditRow>(LIST_ENTRIES, values)).map(entryOf);
  }
}

/** @NOTE `jsonb` has no NUL. */
function withoutNul(json: string): string {
  return json.replaceAll(String.raw`\u0000`, String.raw`\ufffd`);
}

function entryOf(row: AuditRow): AuditEntry {
  const { http_status: httpStatus, errcode } = row;
  return {
    entryId: row.entry_id,
    begunAt: row.begun_at.getTime(),
    administrator: row.administrator,
    serverName: row.server_name,
    scope: row.scope,
    action: row.action,
    target: row.target,
    details: row.details,
    address: row.address,
    outcome: httpStatus === null ? undefined : { httpStatus, errcode: errcode ?? undefined },
  };
}

const BEGIN_ENTRY: Statement = {
  name: 'begin_audit_entry',
  text: `insert into audit_log (administrator, server_name, scope, action, target, details, address)
         values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7) returning entry_id`,
};
const FINISH_ENTRY: Statement = {
  name: 'finish_audit_entry',
  text: 'update audit_log set http_status = $2, errcode = $3 where entry_id = $1',
};
const LIST_ENTRIES: Statement = {
  name: 'list_audit_entries',
  text: `select entry_id, begun_at, administrator, server_name, scope, action, target, details, address, http_status, errcode
           from audit_log
          where ($1::text is null or server_name = $1) and ($2::text is null or administrator = $2)
            and ($3::text is null or exists (select from jsonb_each_text(target) t where t.value = $3))
            and ($4::bigint is null or entry_id < $4) and ($6::text is null or scope = $6)
          order by entry_id desc limit $5`,
};
