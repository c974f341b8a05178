import type { JsonObject } from '@plexus/matrix-base';
import type { ExportRepository, UserDataReader } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface TableRow {
  readonly table_name: string;
  /** The column that names the user. */
  readonly user_column: string;
}

/** Columns of these names hold secrets, or what is made of them. */
const SECRET = /hash|token|secret|seed|password/;

export class PostgresUserData implements UserDataReader, ExportRepository {
  readonly #database: PostgresDatabase;
  #tables: Promise<TableRow[]> | undefined;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listTables(): Promise<string[]> {
    return (await this.#listTables()).map(({ table_name: name }) => name);
  }

  async readRows(
    table: string,
    userId: string,
    { offset, limit }: { readonly offset: number; readonly limit: number },
  ): Promise<JsonObject[]> {
    const found = (await this.#listTables()).find(({ table_name: name }) => name === table);
    if (found === undefined) return [];
    const rows = await this.#database.run<{ held: JsonObject }>(readStatement(found), [userId, limit, offset]);
    return rows.map(({ held }) => Object.fromEntries(Object.entries(held).filter(([name]) => !SECRET.test(name))));
  }

  async countRows(userId: string): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const table of await this.#listTables()) {
      const [row] = await this.#database.run<{ count: number }>(countStatement(table), [userId]);
      if (row !== undefined && row.count > 0) counts.set(table.table_name, row.count);
    }
    return counts;
  }

  async storePart(jobId: string, part: number, body: Buffer): Promise<void> {
    await this.#database.run(STORE_PART, [jobId, part, body]);
  }

  async findPart(jobId: string, part: number): Promise<Buffer | undefined> {
    const [row] = await this.#database.run<{ body: Buffer }>(FIND_PART, [jobId, part]);
    return row?.body;
  }

  /** @NOTE The jobs go first: whoever stores a part meanwhile holds the job, and is seen by the second statement. */
  async removeExports(userId: string): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const removed = await transaction.run<{ job_id: string }>(REMOVE_EXPORTS, [userId]);
      await transaction.run(REMOVE_PARTS, [textArray(removed.map((row) => row.job_id))]);
    });
  }

  async removeOrphans(): Promise<void> {
    await this.#database.run(REMOVE_ORPHANS);
  }

  /** @NOTE Tables come with releases only, so that they are looked up once. */
  #listTables(): Promise<TableRow[]> {
    this.#tables ??= this.#database.run<TableRow>(LIST_TABLES).catch((error: unknown) => {
      this.#tables = undefined;
      throw error;
    });
    return this.#tables;
  }
}

function readStatement({ table_name: table, user_column: column }: TableRow): Statement {
  return {
    name: `read_held_in_${table}`,
    text: `select to_jsonb(t) as held from "${table}" t where t."${column}" = $1 order by t.ctid limit $2 offset $3`,
  };
}

function countStatement({ table_name: table, user_column: column }: TableRow): Statement {
  return {
    name: `count_held_in_${table}`,
    text: `select count(*) as count from "${table}" t where t."${column}" = $1`,
  };
}

/** The audit log is about administrators' deeds, and stays. */
const LIST_TABLES: Statement = {
  name: 'list_tables_about_users',
  text: `select c.table_name, min(c.column_name) as user_column from information_schema.columns c
           join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
          where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' and c.data_type = 'text'
            and c.column_name in ('user_id', 'reporter', 'creator')
            and c.table_name not in ('audit_log', 'receipts')
          group by c.table_name order by c.table_name`,
};
const STORE_PART: Statement = {
  name: 'store_export_part',
  text: `insert into admin_exports (job_id, part, body)
         select job_id, $2, $3 from (select job_id from admin_jobs where job_id = $1 for key share) as held
         on conflict (job_id, part) do update set body = excluded.body`,
};
const FIND_PART: Statement = {
  name: 'find_export_part',
  text: 'select body from admin_exports where job_id = $1 and part = $2',
};
const REMOVE_EXPORTS: Statement = {
  name: 'remove_exports_about_user',
  text: `delete from admin_jobs where kind = 'export_user' and target = $1 returning job_id`,
};
const REMOVE_PARTS: Statement = {
  name: 'remove_parts_of_exports',
  text: 'delete from admin_exports where job_id = any($1::text[])',
};
const REMOVE_ORPHANS: Statement = {
  name: 'remove_orphaned_exports',
  text: 'delete from admin_exports e where not exists (select from admin_jobs j where j.job_id = e.job_id)',
};
