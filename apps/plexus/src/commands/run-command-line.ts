import { databaseUrls } from '@plexus/service-adapters';
import { createLogger, reportFailedStart, runService } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import { findRunningDatabase } from '../embedded/find-running.ts';
import { EmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { isEmbedded } from '../embedded/open-database.ts';
import { PlexusModule } from '../plexus.module.ts';
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
    module: (shell) => PlexusModule.start(shell),
  });
  // The log has standard output for itself.
  if (service !== undefined) process.stderr.write(buildGreeting(service.shell.config, service.listeners));
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
