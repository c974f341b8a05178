import { databaseUrls } from '@plexus/service-adapters';
import { createLogger, reportFailedStart, runService } from '@plexus/service-shell';
import type { PlexusConfig, RunningService } from '@plexus/service-shell';
import { EmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { isEmbedded } from '../embedded/open-database.ts';
import { PlexusModule } from '../plexus.module.ts';
import { askPassword } from './ask-password.ts';
import type { CommandContext, DatabaseAddresses } from './command-context.ts';
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
  print: (line) => process.stdout.write(`${line}\n`),
};

async function runHomeserver(): Promise<void> {
  const service = await runService({
    name: 'plexus',
    apis: ['client', 'sync', 'admin', 'well_known', 'metrics', 'health'],
    module: (shell) => PlexusModule.start(shell),
  });
  if (service !== undefined) greet(service);
}

/** What a person who typed `npm start` wants to read; machines read the log. */
function greet({ listeners }: RunningService): void {
  if (!process.stdout.isTTY) return;
  const [listener] = listeners;
  const scheme = listener?.settings.tls === undefined ? 'http' : 'https';
  process.stdout.write(
    `\nPlexus is running at ${scheme}://localhost:${listener?.addresses[0]?.port}\n` +
      'Point a Matrix client at that address and register; stop with Ctrl-C.\n\n',
  );
}

/** The embedded Postgres is started for the command where no Plexus runs on its folder. */
async function findDatabases(config: PlexusConfig): Promise<DatabaseAddresses> {
  if (!isEmbedded(config)) return { ...databaseUrls(config), close: async () => {} };
  const postgres = await EmbeddedPostgres.start({
    dataDir: config.data_dir,
    logger: createLogger({ service: 'plexus', level: 'error' }),
    onLost: reportFailedStart,
  });
  return { rooms: postgres.url, accounts: postgres.url, close: () => postgres.stop() };
}
