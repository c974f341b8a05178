import type { JsonObject } from '@plexus/matrix-base';

/** Reads everything that the accounts area holds about a user, whatever its table: what names the user in a column. Secrets are left out. */
export interface UserDataReader {
  /** Names of tables that have rows about users. */
  listTables(): Promise<string[]>;
  readRows(
    table: string,
    userId: string,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<JsonObject[]>;
  /** How many rows there are, by table; tables without any are left out. */
  countRows(userId: string): Promise<Map<string, number>>;
}

/** Keeps what exports have come to, in parts. */
export interface ExportRepository {
  /** A part that is stored again replaces the former one; of a job that is gone nothing is stored. */
  storePart(jobId: string, part: number, body: Buffer): Promise<void>;
  findPart(jobId: string, part: number): Promise<Buffer | undefined>;
  /** Removes all exports about a user, with their jobs: one that is under way ends. */
  removeExports(userId: string): Promise<void>;
  /** Removes parts of jobs that are forgotten. */
  removeOrphans(): Promise<void>;
}
