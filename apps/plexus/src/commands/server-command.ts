import {
  AddServer,
  ChangeServer,
  DescribeUsage,
  quotaRules,
  requireServer,
  RotateSigningKey,
} from '@plexus/client-api';
import { MatrixError } from '@plexus/matrix-base';
import { loadConfig, StartError, systemRandomSource } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import type { HostedServerKey } from '@plexus/storage';
import { PostgresServerUse } from '@plexus/storage-postgres';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { withServers } from './open-servers.ts';
import type { OpenedServers } from './open-servers.ts';

interface AddOptions extends CommonOptions {
  readonly baseUrl?: string;
  readonly openRegistration?: true;
}

interface Work extends OpenedServers {
  readonly serverName: string;
  readonly config: PlexusConfig;
  readonly options: AddOptions;
  print(line: string): void;
}

/** `plexus server list | show | add | suspend | resume | keys | rotate-key` */
export function addServerCommands(program: Command, context: CommandContext): void {
  const server = program.command('server').description('Manage hosted servers.');
  server
    .command('list')
    .description('List the hosted servers.')
    .action((_options: object, command: Command) =>
      withServers(loadConfig({ path: command.optsWithGlobals<CommonOptions>().config }), context, async (opened) => {
        for (const { serverName, status, origin } of opened.servers.list())
          context.print(`${serverName}  ${status}${origin === 'configuration' ? '  of the configuration file' : ''}`);
      }),
    );
  const add = addWork(
    server,
    context,
    'add',
    'Host another server. Running processes know it within a second.',
    addServer,
  );
  add.option('--base-url <url>', 'where clients reach it, for example https://matrix.example.org');
  add.option('--open-registration', 'anyone may register there');
  addWork(server, context, 'show', 'Say how a hosted server is, and what it uses.', showServer);
  addWork(server, context, 'suspend', 'Refuse the requests of its users; its rooms go on.', (work) =>
    setStatus(work, 'suspended'),
  );
  addWork(server, context, 'resume', 'Open a suspended server again.', (work) => setStatus(work, 'active'));
  addWork(server, context, 'keys', 'List the keys that a hosted server signs with, and has signed with.', listKeys);
  const rotation = 'Let a hosted server sign with a new key. The one before is kept for what it has signed.';
  addWork(server, context, 'rotate-key', rotation, rotateKey);
}

function addWork(
  server: Command,
  context: CommandContext,
  name: string,
  description: string,
  work: (work: Work) => Promise<void>,
): Command {
  return server
    .command(name)
    .description(description)
    .argument('<server>', 'for example example.org')
    .action(async (serverName: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<AddOptions>();
      const config = loadConfig({ path: options.config });
      await withServers(config, context, async (opened) => {
        try {
          await work({ ...opened, serverName, config, options, print: (line) => context.print(line) });
        } catch (error) {
          if (error instanceof MatrixError) throw new StartError(`${error.message}.`, { cause: error });
          throw error;
        }
      });
    });
}

async function addServer({ servers, serverName, options, print }: Work): Promise<void> {
  const { baseUrl: publicBaseUrl, openRegistration } = options;
  await new AddServer(servers, systemRandomSource).execute(serverName, {
    ...(publicBaseUrl !== undefined && { publicBaseUrl }),
    ...(openRegistration === true && { registration: { enabled: true } }),
  });
  print(`${serverName} is hosted here now, and signs with ${servers.findSigningKey(serverName)?.keyId}.`);
}

async function showServer({ database, servers, serverName, config, print }: Work): Promise<void> {
  const { status, settings } = requireServer(servers, serverName);
  const describeUsage = new DescribeUsage({ servers, use: new PostgresServerUse(database) }, quotaRules(config));
  const usage = await describeUsage.ofServer({ serverName, isDeploymentAdmin: true }, serverName);
  const { accounts, month, total, exceeded } = usage;
  print(`${serverName}  ${status}  ${settings.publicBaseUrl ?? 'no public URL'}`);
  print(
    `accounts: ${accounts.users} (${accounts.guests} guests, ${accounts.bridged} of application services), ${accounts.deactivated} deactivated`,
  );
  print(`stored: ${total.events} events, ${total.eventBytes} bytes`);
  print(`this month: ${month.requests} requests, ${month.receivedBytes} bytes received, ${month.sentBytes} sent`);
  if (exceeded.length > 0) print(`used up: ${exceeded.join(', ')}`);
}

async function setStatus({ servers, serverName, print }: Work, status: 'active' | 'suspended'): Promise<void> {
  await new ChangeServer(servers).setStatus(serverName, status);
  print(`${serverName} is ${status}.`);
}

async function listKeys({ servers, serverName, print }: Work): Promise<void> {
  for (const key of new RotateSigningKey(servers, systemRandomSource).list(serverName)) {
    print(`${key.keyId}  ${key.publicKey}  ${stageOf(key)}`);
  }
}

async function rotateKey({ servers, serverName, print }: Work): Promise<void> {
  const [newest] = await new RotateSigningKey(servers, systemRandomSource).execute(serverName);
  print(`${serverName} signs with ${newest?.keyId} now.`);
}

function stageOf({ activeSince, retiredAt }: HostedServerKey): string {
  if (activeSince === undefined) return 'announced';
  return retiredAt === undefined ? 'active' : `retired ${new Date(retiredAt).toISOString()}`;
}
