import { Argon2PasswordHasher, configuredServers, CreateUser, passwordCost, SeedServers } from '@plexus/client-api';
import { loadConfig, StartError, systemClock, systemRandomSource } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import { findSchemaFault, PostgresDatabase, PostgresHostedServers, PostgresUsers } from '@plexus/storage-postgres';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { prepareDatabases } from './prepare-databases.ts';

interface Options extends CommonOptions {
  readonly admin?: true;
  readonly serverAdmin?: true;
  readonly password?: string;
}

const ROLES = { nothing: '', server: ', an administrator of its server', deployment: ', an administrator' };

/** `plexus user create <user> [--admin | --server-admin]` */
export function addUserCommands(program: Command, context: CommandContext): void {
  const user = program.command('user').description('Manage accounts.');
  user
    .command('create')
    .description('Add an account. Give a localpart, or with several hosted servers a full user id.')
    .argument('<user>', 'for example alice or @alice:example.org')
    .option('--admin', 'administers the whole deployment')
    .option('--server-admin', 'administers the hosted server of the user')
    .option('--password <password>', 'asked for where it is not given')
    .action((name: string, _options: object, command: Command) =>
      createUser(name, command.optsWithGlobals<Options>(), context),
    );
}

async function createUser(name: string, options: Options, context: CommandContext): Promise<void> {
  const config = loadConfig({ path: options.config });
  const password = options.password ?? (await context.askPassword());
  if (password === '') throw new StartError('A password must not be empty.');
  const databases = await context.findDatabases(config);
  const database = new PostgresDatabase({ url: databases.accounts, applicationName: 'plexus user' });
  try {
    if (databases.isOurs) await prepareDatabases(databases, config.room_shards);
    const fault = await findSchemaFault({ url: databases.accounts, areas: ['accounts'] });
    if (fault !== undefined) throw new StartError(fault);
    const servers = await openServers(config, database);
    const createUser = new CreateUser(
      new PostgresUsers(database),
      servers,
      new Argon2PasswordHasher(passwordCost(config)),
    );
    const administers = options.admin === true ? 'deployment' : options.serverAdmin === true ? 'server' : 'nothing';
    const userId = await createUser.execute({ user: name, password, administers });
    context.print(`Created ${userId}${ROLES[administers]}.`);
  } finally {
    await database.close();
    await databases.close();
  }
}

/** The hosted servers, those of the configuration included, whether or not the deployment has ever run. */
async function openServers(config: PlexusConfig, database: PostgresDatabase): Promise<PostgresHostedServers> {
  const servers = new PostgresHostedServers(database, { clock: systemClock, onPollError: failPoll });
  await servers.refresh();
  await new SeedServers(servers, systemRandomSource).execute(configuredServers(config));
  return servers;
}

/** The servers are read once here and never polled. */
function failPoll(error: unknown): never {
  throw error;
}
