import { loadConfig, StartError } from '@plexus/service-shell';
import type { SchemaState } from '@plexus/storage-postgres';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions, DatabaseAddresses } from './command-context.ts';
import { prepareDatabases, readSchemaStates } from './prepare-databases.ts';

interface MigrateCommandOptions extends CommonOptions {
  readonly check?: boolean;
}

/** `plexus migrate` */
export function addMigrateCommand(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description('Bring the tables up to date, and create the deployment where there is none.')
    .option('--check', 'change nothing; say what is missing, and fail where this release cannot run')
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<MigrateCommandOptions>();
      const config = loadConfig({ path: options.config, secretsOf: ['database'] });
      const databases = await context.findDatabases(config);
      try {
        if (options.check === true) await checkSchemas(databases, context);
        else await migrate(databases, config.room_shards, context);
      } finally {
        await databases.close();
      }
    });
}

async function migrate(databases: DatabaseAddresses, roomShards: number, context: CommandContext): Promise<void> {
  const waiting = (name: string): void => context.print(`Waiting for others to let ${name} pass …`);
  const applied = await prepareDatabases(databases, roomShards, waiting);
  for (const name of applied) context.print(`Applied ${name}.`);
  context.print(applied.length === 0 ? 'The tables are up to date.' : `Applied ${applied.length} migrations.`);
}

async function checkSchemas(databases: DatabaseAddresses, context: CommandContext): Promise<void> {
  const states = await readSchemaStates(databases);
  const missing = states.flatMap((state) => state.missing);
  for (const { name, contracts } of missing) {
    context.print(
      contracts === undefined ? `Missing: ${name}` : `Missing: ${name}, for which all must know ${contracts}`,
    );
  }
  for (const name of states.flatMap(({ unknown }) => unknown)) context.print(`Of a newer release: ${name}`);
  const fault = findFault(states, missing.length);
  if (fault !== undefined) throw new StartError(fault);
  context.print('The tables are up to date.');
}

function findFault(states: readonly SchemaState[], missing: number): string | undefined {
  const tooNew = states.find((state) => state.tooNew !== undefined)?.tooNew;
  if (tooNew !== undefined) return `The tables are those of newer releases (${tooNew}): run one of them.`;
  return missing === 0 ? undefined : `${missing} migrations are missing: run plexus migrate.`;
}
