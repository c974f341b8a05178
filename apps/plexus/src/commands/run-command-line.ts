import { databaseUrls } from '@plexus/service-adapters';
import { createLogger, reportFailedStart, runService } from '@plexus/service-shell';
import type { PlexusConfig, Shell } from '@plexus/service-shell';
import type { DynamicModule } from '@nestjs/common';
import { findRunningDatabase } from '../embedded/find-running.ts';
import { EmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { isEmbedded } from '../embedded/open-database.ts';
import { askPassword } from './ask-password.ts';
import { confirm } from './confirm.ts';
import type { CommandContext, DatabaseAddresses } from './command-context.ts';
import { buildGreeting } from './build-greeting.ts';
import { buildProgram } from './build-program.ts';

/** `plexus`: without a command it runs the homeserver in the foreground. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  try {
    await buildProgram(context, runHomeserver).parseAsync([...argv]);
  } catch (error) {
    reportFailedStart(error);
  }
}

const context: CommandContext = {
  findDatabases,
  askPassword,
  confirm,
  print: (line) => process.stdout.write(`${line}\n`),
  fail: () => {
    process.exitCode = 1;
  },
};

async function runHomeserver(): Promise<void> {
  const service = await runService({
    name: 'plexus',
    apis: ['client', 'sync', 'admin', 'well_known', 'metrics', 'health'],
    secretsOf: 'all',
    module: startServices,
  });
  // The log has standard output for itself.
  process.stderr.write(buildGreeting(service.shell.config, service.listeners));
}

/** @NOTE The services are half of all code, and are loaded here: no other command needs them. */
async function startServices(shell: Shell): Promise<DynamicModule> {
  const { PlexusModule } = await import('../plexus.module.ts');
  return PlexusModule.start(shell);
}

/** The embedded Postgres is started for the command where no Plexus runs on its folder. */
async function findDatabases(config: PlexusConfig): Promise<DatabaseAddresses> {
  if (!isEmbedded(config)) return { ...databaseUrls(config), isOurs: false, close: async () => {} };
  const running = await findRunningDatabase(config.data_dir);
  if (running !== undefined) return { rooms: running, accounts: running, isOurs: false, close: async () => {} };
  const postgres = await EmbeddedPostgres.start({
    dataDir: config.data_dir,
    logger: createLogger({ service: 'plexus', level: 'error' }),
    onLost: reportFailedStart,
  });
  return { rooms: postgres.url, accounts: postgres.url, isOurs: true, close: () => postgres.stop() };
}
