import type { OperateUser } from '@plexus/client-api';
import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import { StartError } from '@plexus/service-shell';
import type { AdminUser } from '@plexus/storage';
import { PostgresDevices, PostgresUserAdmin } from '@plexus/storage-postgres';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { loadCommandConfig } from './load-command-config.ts';
import { withAccess } from './open-access.ts';
import { withServers } from './open-servers.ts';
import { recordCommand } from './record-command.ts';
import { MODERATIONS } from './user-moderations.ts';

interface ListOptions extends CommonOptions {
  readonly server?: string;
  readonly name?: string;
  readonly admins?: true;
  readonly limit: string;
}

interface ChangeOptions extends CommonOptions {
  readonly password?: string;
  readonly erase?: true;
  readonly device?: string;
}

const ROLES = ['nothing', 'server', 'deployment'] as const;

/**
 * `plexus user list | show | devices | set-password | set-role | lock | unlock | suspend | unsuspend | shadow-ban | lift-shadow-ban | log-out |
 * deactivate`, beside what `user create` adds.
 */
export function addUserChangeCommands(user: Command, context: CommandContext): void {
  user
    .command('list')
    .description('List accounts.')
    .option('--server <server>', 'of one hosted server')
    .option('--name <part>', 'whose user id has this in it')
    .option('--admins', 'administrators only')
    .option('--limit <number>', 'so many at most', '100')
    .action((_options: object, command: Command) => listUsers(command.optsWithGlobals<ListOptions>(), context));
  user
    .command('show')
    .description('Say what is known of an account.')
    .argument('<user>', 'a full user id')
    .action((userId: string, _options: object, command: Command) =>
      showUser(userId, command.optsWithGlobals<CommonOptions>(), context),
    );
  addChange(user, context, {
    name: 'set-password',
    description: 'Give an account another password, and end all its sessions.',
    options: [['--password <password>', 'asked for where it is not given']],
    async change(users, { userId, options }) {
      const password = options.password ?? (await context.askPassword());
      if (password === '') throw new StartError('A password must not be empty.');
      await users.setPassword(userId, password);
      return `${userId} has another password, and no session any more.`;
    },
  });
  user
    .command('set-role')
    .description('Say what an account administers.')
    .argument('<user>', 'a full user id')
    .argument('<role>', ROLES.join(', '))
    .action((userId: string, role: string, _options: object, command: Command) => {
      const chosen = ROLES.find((one) => one === role);
      if (chosen === undefined) throw new StartError(`A role is one of ${ROLES.join(', ')}.`);
      const asked = { name: 'set-role', userId, options: command.optsWithGlobals<ChangeOptions>() };
      return changeUser(asked, context, async (users) => {
        await users.setRole(userId, chosen);
        return `${userId} administers ${chosen === 'server' ? 'its server' : chosen === 'deployment' ? 'the deployment' : chosen}.`;
      });
    });
  for (const { name, description, change, outcome } of MODERATIONS) {
    addChange(user, context, {
      name,
      description,
      options: [],
      async change(users, { userId }) {
        await users.moderate(userId, change);
        return `${userId} ${outcome}.`;
      },
    });
  }
  user
    .command('devices')
    .description('List the devices of an account, and when each was seen.')
    .argument('<user>', 'a full user id')
    .action((userId: string, _options: object, command: Command) =>
      listDevices(userId, command.optsWithGlobals<CommonOptions>(), context),
    );
  addChange(user, context, {
    name: 'log-out',
    description: 'End the sessions of an account; its devices go with them.',
    options: [['--device <id>', 'of one device only']],
    async change(users, { userId, options: { device } }) {
      await users.logOut(userId, device);
      return device === undefined ? `${userId} has no session any more.` : `${device} of ${userId} is logged out.`;
    },
  });
  addChange(user, context, {
    name: 'deactivate',
    description: 'Close an account for good; a running client-api parts the user from their rooms.',
    options: [['--erase', 'what they have said is shown to nobody who joins later']],
    async change(users, { userId, options }) {
      await users.deactivate(userId, { erase: options.erase === true });
      return `${userId} is deactivated.`;
    },
  });
}

interface UserChange {
  readonly name: string;
  readonly description: string;
  readonly options: readonly (readonly [flags: string, description: string])[];
  change(users: OperateUser, asked: { readonly userId: string; readonly options: ChangeOptions }): Promise<string>;
}

function addChange(
  user: Command,
  context: CommandContext,
  { name, description, options: flags, change }: UserChange,
): void {
  const added = user.command(name).description(description).argument('<user>', 'a full user id');
  for (const option of flags) added.option(...option);
  added.action((userId: string, _options: object, command: Command) => {
    const options = command.optsWithGlobals<ChangeOptions>();
    return changeUser({ name, userId, options }, context, (users) => change(users, { userId, options }));
  });
}

async function changeUser(
  { name, userId, options }: { readonly name: string; readonly userId: string; readonly options: CommonOptions },
  context: CommandContext,
  change: (users: OperateUser) => Promise<string>,
): Promise<void> {
  if (!isUserId(userId)) throw new StartError(`There is no user ${userId}.`);
  const about = { name: `user ${name}`, serverName: serverNameOf(userId), target: { userId } };
  await withAccess(loadCommandConfig(options), context, async (users, database) => {
    try {
      await recordCommand(database, about, async () => context.print(await change(users)));
    } catch (error) {
      if (error instanceof MatrixError) throw new StartError(`${error.message}.`, { cause: error });
      throw error;
    }
  });
}

async function listUsers(options: ListOptions, context: CommandContext): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isSafeInteger(limit) || limit < 1) throw new StartError('A limit is a number above 0.');
  await withServers(loadCommandConfig(options), context, async ({ database }) => {
    const { users, total } = await new PostgresUserAdmin(database).listUsers({
      serverName: options.server,
      userId: options.name,
      ...(options.admins === true && { isAdmin: true }),
      notUserTypes: [],
      order: 'name',
      descending: false,
      offset: 0,
      limit,
    });
    for (const user of users) context.print([user.userId, ...wordsOf(user)].join('  '));
    if (users.length < total) context.print(`… and ${total - users.length} more.`);
  });
}

async function showUser(userId: string, options: CommonOptions, context: CommandContext): Promise<void> {
  await withServers(loadCommandConfig(options), context, async ({ database }) => {
    const user = await new PostgresUserAdmin(database).findUser(userId);
    if (user === undefined) throw new StartError(`There is no user ${userId}.`);
    context.print([user.userId, ...wordsOf(user)].join('  '));
    context.print(
      `made ${new Date(user.createdAt).toISOString()}${user.registeredBy === undefined ? '' : ` by ${user.registeredBy}`}`,
    );
    const seen = user.lastSeenAt === undefined ? 'never' : new Date(user.lastSeenAt).toISOString();
    context.print(`last seen ${seen}; ${user.hasPassword ? 'has a password' : 'no password opens it'}`);
  });
}

async function listDevices(userId: string, options: CommonOptions, context: CommandContext): Promise<void> {
  await withServers(loadCommandConfig(options), context, async ({ database }) => {
    if ((await new PostgresUserAdmin(database).findUser(userId)) === undefined) {
      throw new StartError(`There is no user ${userId}.`);
    }
    for (const { deviceId, displayName, lastSeenAt, lastSeenIp } of await new PostgresDevices(database).listDevices(
      userId,
    )) {
      const seen = lastSeenAt === undefined ? 'never seen' : `seen ${new Date(lastSeenAt).toISOString()}`;
      const from = lastSeenIp === undefined ? '' : ` from ${lastSeenIp}`;
      context.print([deviceId, ...(displayName === undefined ? [] : [displayName]), `${seen}${from}`].join('  '));
    }
  });
}

/** What is out of the ordinary. */
function wordsOf(user: AdminUser): string[] {
  const words: readonly (readonly [boolean, string])[] = [
    [user.isDeploymentAdmin, 'administers the deployment'],
    [user.isAdmin && !user.isDeploymentAdmin, 'administers its server'],
    [user.isGuest, 'guest'],
    [user.isDeactivated, 'deactivated'],
    [user.isLocked, 'locked'],
    [user.isSuspended, 'suspended'],
    [user.isShadowBanned, 'heard by nobody'],
    [user.userType !== undefined, user.userType ?? ''],
  ];
  return words.filter(([counts]) => counts).map(([, word]) => word);
}
