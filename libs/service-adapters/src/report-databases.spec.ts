import type { DatabaseUse, PostgresDatabase } from '@plexus/storage-postgres';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { reportDatabases } from './report-databases.ts';

it('shows one database that holds both areas once, and two by their names', async () => {
  const [rooms, accounts] = [playing({ waitingTransactions: 2 }), playing({ waitingTransactions: 5 })];
  expect(await waiting({ rooms, accounts: rooms })).toEqual(['plexus_database_waiting_transactions{area="all"} 2']);
  expect(await waiting({ rooms, accounts })).toEqual([
    'plexus_database_waiting_transactions{area="rooms"} 2',
    'plexus_database_waiting_transactions{area="accounts"} 5',
  ]);
});

async function waiting(databases: Parameters<typeof reportDatabases>[1]): Promise<string[]> {
  const registry = new Registry();
  reportDatabases(registry, databases);
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith('plexus_database_waiting_trans'));
}

function playing(use: Partial<DatabaseUse>): Pick<PostgresDatabase, 'use'> {
  return {
    use: () => ({
      openConnections: 0,
      owedStatements: 0,
      runningTransactions: 0,
      waitingTransactions: 0,
      oldestWaitMs: 0,
      transactions: 0,
      transactionMs: 0,
      failedTransactions: 0,
      ...use,
    }),
  };
}
