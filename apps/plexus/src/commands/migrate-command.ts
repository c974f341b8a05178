import { loadConfig } from '@plexus/service-shell';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { prepareDatabases } from './prepare-databases.ts';

/** `plexus migrate` */
export function addMigrateCommand(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description('Bring the tables up to date, and create the deployment where there is none.')
    .action(async (_options: object, command: Command) => {
      const config = loadConfig({ path: command.optsWithGlobals<CommonOptions>().config });
      const databases = await context.findDatabases(config);
      try {
        const applied = await prepareDatabases(databases, config.room_shards);
        for (const name of applied) context.print(`Applied ${name}.`);
        context.print(applied.length === 0 ? 'The tables are up to date.' : `Applied ${applied.length} migrations.`);
      } finally {
        await databases.close();
      }
    });
}
