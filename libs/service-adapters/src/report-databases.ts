import { readCounter, readGauge } from '@plexus/service-shell';
import type { DatabaseUse, PostgresDatabase } from '@plexus/storage-postgres';
import type { Registry } from 'prom-client';

/** The two areas of storage. */
export interface UsedDatabases {
  readonly rooms: Pick<PostgresDatabase, 'use'>;
  readonly accounts: Pick<PostgresDatabase, 'use'>;
}

/** Shows how both areas of storage are used; one database that holds both is shown once. */
export function reportDatabases(registry: Registry, { rooms, accounts }: UsedDatabases): void {
  const databases: Readonly<Record<string, Pick<PostgresDatabase, 'use'>>> =
    rooms === accounts ? { all: rooms } : { rooms, accounts };
  const each = (read: (use: DatabaseUse) => number) => () =>
    Object.entries(databases).map(([area, database]) => [{ area }, read(database.use())] as const);
  const gauge = (name: string, help: string, read: (use: DatabaseUse) => number): void =>
    readGauge(registry, { name: `plexus_database_${name}`, help, labels: ['area'], read: each(read) });
  const counter = (name: string, help: string, read: (use: DatabaseUse) => number): void =>
    readCounter(registry, { name: `plexus_database_${name}`, help, labels: ['area'], read: each(read) });
  gauge('connections', 'Open connections to Postgres.', (use) => use.openConnections);
  gauge('owed_statements', 'Single statements that Postgres has not answered yet.', (use) => use.owedStatements);
  gauge('running_transactions', 'Transactions that have a connection.', (use) => use.runningTransactions);
  gauge('waiting_transactions', 'Transactions that wait for a connection.', (use) => use.waitingTransactions);
  gauge('oldest_wait_seconds', 'How long the first of them has waited.', (use) => use.oldestWaitMs / 1_000);
  counter('transactions_total', 'Transactions that have ended.', (use) => use.transactions);
  counter('failed_transactions_total', 'Transactions that were rolled back or lost.', (use) => use.failedTransactions);
  counter('transaction_seconds_total', 'Time that transactions took together.', (use) => use.transactionMs / 1_000);
}
