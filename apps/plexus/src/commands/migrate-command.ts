import { loadConfig } from '@plexus/service-shell';
import { ensureDeployment, migrateDatabase, PostgresDatabase } from '@plexus/storage-postgres';
import type { Command } from 'commander';
import type { CommandContext, DatabaseAddresses } from './command-context.ts';

interface Options {
  readonly config?: string;
}

/** `plexus migrate` */
export function addMigrateCommand(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description('Bring the tables up to date, and create the deployment where there is none.')
    .option('--config <path>', 'the configuration file')
    .action(async (options: Options) => {
      const config = loadConfig({ path: options.config });
      const databases = await context.findDatabases(config);
      try {
        const applied = await migrate(databases);
        await createDeployment(databases.rooms, config.room_shards);
        for (const name of applied) context.print(`Applied ${name}.`);
        context.print(applied.length === 0 ? 'The tables are up to date.' : `Applied ${applied.length} migrations.`);
      } finally {
        await databases.close();
      }
    });
}

async function migrate({ rooms, accounts }: DatabaseAddresses): Promise<string[]> {
  if (rooms === accounts) return migrateDatabase({ url: rooms, areas: ['rooms', 'accounts'] });
  return [
    ...(await migrateDatabase({ url: rooms, areas: ['rooms'] })),
    ...(await migrateDatabase({ url: accounts, areas: ['accounts'] })),
  ];
}

async function createDeployment(url: string, roomShards: number): Promise<void> {
  const database = new PostgresDatabase({ url, applicationName: 'plexus migrate' });
  try {
    await ensureDeployment(database, roomShards);
  } finally {
    await database.close();
  }
}
