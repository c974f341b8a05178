import { StartError, systemClock } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import {
  PostgresDatabase,
  raiseGeneration,
  readManifest,
  restoreBackup,
  restoreServer,
  writeBackup,
} from '@plexus/storage-postgres';
import type { BackedUpTable } from '@plexus/storage-postgres';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions, DatabaseAddresses } from './command-context.ts';
import { loadCommandConfig } from './load-command-config.ts';
import { recordCommand } from './record-command.ts';

/** `plexus backup`, `plexus restore` and `plexus raise-generation` */
export function addBackupCommands(program: Command, context: CommandContext): void {
  const run = (command: Command, work: Work): Promise<void> => withDatabases(command, context, work);
  program
    .command('backup')
    .description('Write everything that is in the databases to a folder, while the deployment runs.')
    .argument('<folder>', 'a folder of its own, which is made')
    .action((folder: string, _options: object, command: Command) => run(command, (at) => backUp(folder, at, context)));
  program
    .command('restore')
    .description('Bring a deployment back from a backup, into empty databases. No service may run meanwhile.')
    .argument('<folder>', 'what `plexus backup` has written')
    .option(
      '--server <name>',
      'bring back what is gone of one hosted server, its accounts, keys and rooms, into a deployment that runs',
    )
    .action((folder: string, { server }: { readonly server?: string }, command: Command) =>
      run(command, (at) =>
        server === undefined ? restore(folder, at, context) : restoreOne(folder, server, { at, context }),
      ),
    );
  program
    .command('raise-generation')
    .description(
      'Tell the deployment that its databases have lost commits, after they were restored by other means: clients are told everything again.',
    )
    .action((_options: object, command: Command) => run(command, (at) => raise(at, context)));
}

interface Opened {
  readonly config: PlexusConfig;
  readonly urls: DatabaseAddresses;
}

type Work = (opened: Opened) => Promise<void>;

async function withDatabases(command: Command, context: CommandContext, work: Work): Promise<void> {
  const config = loadCommandConfig(command.optsWithGlobals<CommonOptions>());
  const urls = await context.findDatabases(config);
  try {
    await work({ config, urls });
  } finally {
    await urls.close();
  }
}

async function backUp(folder: string, { urls }: Opened, context: CommandContext): Promise<void> {
  const { tables } = await writeBackup({ urls, folder });
  context.print(`Backed up ${countRows(tables)} rows of ${tables.length} tables to ${folder}.`);
}

async function restore(folder: string, { config, urls }: Opened, context: CommandContext): Promise<void> {
  const { roomShards, createdAt } = await readManifest(folder);
  if (roomShards !== config.room_shards) {
    throw new StartError(
      `room_shards is ${config.room_shards}, but the backup is of a deployment with ${roomShards}: the number is fixed`,
    );
  }
  const { manifest, generation } = await restoreBackup({ urls, folder });
  context.print(`Restored ${countRows(manifest.tables)} rows, as they were at ${createdAt}.`);
  context.print(`The deployment goes on in generation ${generation}: clients are told everything again.`);
}

async function restoreOne(
  folder: string,
  serverName: string,
  { at: { urls }, context }: { readonly at: Opened; readonly context: CommandContext },
): Promise<void> {
  const database = new PostgresDatabase({ url: urls.accounts, tls: urls.tls, applicationName: 'plexus command' });
  try {
    await recordCommand(database, { name: 'restore', serverName, target: { serverName } }, async () => {
      const { accounts, rooms } = await restoreServer({ urls, folder, serverName, clock: systemClock });
      const rows = [...accounts].map(([table, count]) => `${count} ${table}`);
      context.print(`Of ${serverName} came back: ${[...rows, `${rooms.restored} rooms`].join(', ')}.`);
      if (rooms.elsewhere > 0) {
        context.print(`Users have to join ${rooms.elsewhere} rooms again, which other homeservers have.`);
      }
    });
  } finally {
    await database.close();
  }
}

async function raise({ urls }: Opened, context: CommandContext): Promise<void> {
  const generation = await raiseGeneration({ urls, endsSessions: true });
  context.print(`The deployment goes on in generation ${generation}: clients are told everything again.`);
}

function countRows(tables: readonly BackedUpTable[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
