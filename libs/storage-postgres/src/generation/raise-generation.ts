import type { ConnectionOptions } from 'node:tls';
import { StorageError } from '@plexus/storage';
import { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { Statement } from '../postgres/statement.ts';

/** Where the two areas are, and how both are connected to. */
export interface AreaUrls {
  readonly rooms: string;
  readonly accounts: string;
  readonly tls?: ConnectionOptions;
}

export interface RaiseOptions {
  readonly urls: AreaUrls;
  /** Nothing is raised where the deployment is in another generation by now: then somebody else has done it. */
  readonly seen?: number;
  /** Ends all other sessions of Plexus, so that each process learns of it before it does anything else. */
  readonly endsSessions?: boolean;
}

const APPLICATION_NAME = 'plexus generation';
const ANSWER_MS = 120_000;

/**
 * Begins a new generation of the deployment and gives its number: what was committed and is not there any more keeps its positions, tokens and epochs
 * to itself. Several processes at once raise it once.
 *
 * @NOTE Where the areas are two databases, a crash in between leaves the queues' owners and the caches fenced, and the generation is raised
 * again: the lineage of rooms is stored with it, and that of accounts last.
 */
export async function raiseGeneration({ urls, seen, endsSessions = false }: RaiseOptions): Promise<number> {
  const rooms = await open(urls.rooms, urls);
  const accounts = urls.accounts === urls.rooms ? rooms : await open(urls.accounts, urls);
  try {
    await rooms.execute('begin');
    const [current] = await rooms.run<{ generation: number }>(HOLD_DEPLOYMENT);
    if (current === undefined) throw new StorageError('the deployment has not been created: run `plexus migrate`');
    if (seen !== undefined && current.generation !== seen) {
      await rooms.execute('rollback');
      return current.generation;
    }
    const [next] = await rooms.run<{ generation: number }>(NEXT_GENERATION);
    const generation = next?.generation ?? current.generation + 1;
    await accounts.run(BEGIN_GENERATION, [generation]);
    await rooms.run(RAISE_GENERATION, [generation, await lineageOf(rooms)]);
    const lineage = await lineageOf(accounts);
    if (accounts === rooms) await accounts.run(NOTE_ACCOUNTS, [lineage]);
    await rooms.execute('commit');
    if (accounts !== rooms) await accounts.run(NOTE_ACCOUNTS, [lineage]);
    if (endsSessions) await endSessions(rooms, accounts);
    return generation;
  } finally {
    await rooms.close();
    await accounts.close();
  }
}

function open(url: string, { tls }: AreaUrls): Promise<PostgresConnection> {
  return PostgresConnection.open({ url, tls, applicationName: APPLICATION_NAME, answerTimeoutMs: ANSWER_MS });
}

async function lineageOf(connection: PostgresConnection): Promise<string | null> {
  const [row] = await connection.run<{ lineage: string | null }>(READ_LINEAGE);
  return row?.lineage ?? null;
}

async function endSessions(rooms: PostgresConnection, accounts: PostgresConnection): Promise<void> {
  await rooms.run(END_SESSIONS, [APPLICATION_NAME]);
  if (accounts !== rooms) await accounts.run(END_SESSIONS, [APPLICATION_NAME]);
}

const HOLD_DEPLOYMENT: Statement = { name: 'hold-deployment', text: 'select generation from deployment for update' };
const NEXT_GENERATION: Statement = { name: 'next-generation', text: 'select next_generation() as generation' };
const BEGIN_GENERATION: Statement = { name: 'begin-generation', text: 'select begin_generation($1)' };
const RAISE_GENERATION: Statement = { name: 'raise-generation', text: 'select raise_generation($1, $2)' };
const READ_LINEAGE: Statement = { name: 'read-lineage', text: 'select postgres_lineage() as lineage' };
const NOTE_ACCOUNTS: Statement = { name: 'note-account-lineage', text: 'select note_account_lineage($1)' };
/** @NOTE Only those of Plexus, which open others; who looks at the database by hand is left in peace. */
const END_SESSIONS: Statement = {
  name: 'end-sessions',
  text: `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and application_name <> $1
           and (application_name like 'plexus %' or application_name like 'follows %')`,
};
