import { Argon2PasswordHasher, CreateUser, passwordCost } from '@plexus/client-api';
import { serverNameOf } from '@plexus/matrix-base';
import { StartError } from '@plexus/service-shell';
import { PostgresUsers } from '@plexus/storage-postgres';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { loadCommandConfig } from './load-command-config.ts';
import { withServers } from './open-servers.ts';
import { recordCommand } from './record-command.ts';
import { addUserChangeCommands } from './user-commands.ts';

interface Options extends CommonOptions {
  readonly admin?: true;
  readonly serverAdmin?: true;
  readonly password?: string;
}

const ROLES = { nothing: '', server: ', an administrator of its server', deployment: ', an administrator' };

const FLAGS = { nothing: '', server: ' --server-admin', deployment: ' --admin' };

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
  addUserChangeCommands(user, context);
}

async function createUser(name: string, options: Options, context: CommandContext): Promise<void> {
  const config = loadCommandConfig(options);
  const password = options.password ?? (await context.askPassword());
  if (password === '') throw new StartError('A password must not be empty.');
  await withServers(config, context, async ({ database, servers }) => {
    const hasher = new Argon2PasswordHasher(passwordCost(config));
    const createUser = new CreateUser(new PostgresUsers(database), servers, hasher);
    const administers = options.admin === true ? 'deployment' : options.serverAdmin === true ? 'server' : 'nothing';
    const userId = createUser.userIdOf(name);
    const about = { name: `user create${FLAGS[administers]}`, serverName: serverNameOf(userId), target: { userId } };
    await recordCommand(database, about, async () => {
      await createUser.execute({ user: userId, password, administers });
      context.print(`Created ${userId}${ROLES[administers]}.`);
    });
  });
}
