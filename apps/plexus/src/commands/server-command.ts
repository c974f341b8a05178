import {
  AddServer,
  ChangeServer,
  DescribeUsage,
  ImportSigningKeys,
  quotaRules,
  requireServer,
  RotateSigningKey,
} from '@plexus/client-api';
import { systemClock, systemRandomSource } from '@plexus/service-shell';
import { isAnnounced } from '@plexus/storage';
import type { HostedServerKey } from '@plexus/storage';
import { PostgresServerUse } from '@plexus/storage-postgres';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { loadCommandConfig } from './load-command-config.ts';
import { withServers } from './open-servers.ts';
import { addServerRemoveCommand } from './server-remove-command.ts';
import { addServerSettingsCommands, describeQuotas } from './server-settings-commands.ts';
import { addServerWork } from './server-work.ts';
import type { ServerCommand, ServerWork } from './server-work.ts';

interface AddOptions extends CommonOptions {
  readonly baseUrl?: string;
  readonly openRegistration?: true;
}

const ADD: ServerCommand<AddOptions> = {
  name: 'add',
  description: 'Host another server. Running processes know it within a second.',
  options: [
    ['--base-url <url>', 'where clients reach it, for example https://matrix.example.org'],
    ['--open-registration', 'anyone may register there'],
  ],
  work: addServer,
};

const COMMANDS: readonly ServerCommand<CommonOptions>[] = [
  {
    name: 'show',
    description: 'Say how a hosted server is, and what it uses.',
    looksOnly: () => true,
    work: showServer,
  },
  {
    name: 'suspend',
    description: 'Refuse the requests of its users; its rooms go on.',
    work: (work) => setStatus(work, 'suspended'),
  },
  { name: 'resume', description: 'Open a suspended server again.', work: (work) => setStatus(work, 'active') },
  {
    name: 'keys',
    description: 'List the keys that a hosted server signs with, and has signed with.',
    looksOnly: () => true,
    work: listKeys,
  },
  {
    name: 'rotate-key',
    description: 'Let a hosted server sign with a new key. The one before is kept for what it has signed.',
    work: rotateKey,
  },
];

interface ImportKeyOptions extends CommonOptions {
  readonly keyId: string;
  readonly publicKey: string;
  readonly expired: string;
}

const IMPORT_KEY: ServerCommand<ImportKeyOptions> = {
  name: 'import-key',
  description:
    'Publish a key that a hosted server signed with on another homeserver, so that what it has signed can be checked.',
  options: [
    ['--key-id <id>', 'for example ed25519:a_AbCd', 'required'],
    ['--public-key <base64>', 'the public half, in Base64', 'required'],
    [
      '--expired <when>',
      'when nobody signed with it any more: milliseconds since 1970, or for example 2026-03-01T12:00:00Z',
      'required',
    ],
  ],
  work: importKey,
};

/** `plexus server list | add | show | suspend | resume | keys | rotate-key | import-key`, and what settings and removals add. */
export function addServerCommands(program: Command, context: CommandContext): void {
  const server = program.command('server').description('Manage hosted servers.');
  server
    .command('list')
    .description('List the hosted servers.')
    .action((_options: object, command: Command) =>
      withServers(loadCommandConfig(command.optsWithGlobals<CommonOptions>()), context, async (opened) => {
        for (const { serverName, status, origin } of opened.servers.list())
          context.print(`${serverName}  ${status}${origin === 'configuration' ? '  of the configuration file' : ''}`);
      }),
    );
  addServerWork(server, context, ADD);
  for (const command of COMMANDS) addServerWork(server, context, command);
  addServerWork(server, context, IMPORT_KEY);
  addServerSettingsCommands(server, context);
  addServerRemoveCommand(server, context);
}

async function addServer({ servers, serverName, options, print }: ServerWork<AddOptions>): Promise<void> {
  const { baseUrl: publicBaseUrl, openRegistration } = options;
  await new AddServer(servers, systemRandomSource).execute(serverName, {
    ...(publicBaseUrl !== undefined && { publicBaseUrl }),
    ...(openRegistration === true && { registration: { enabled: true } }),
  });
  print(`${serverName} is hosted here now, and signs with ${servers.findSigningKey(serverName)?.keyId}.`);
}

async function showServer({ database, servers, serverName, config, print }: ServerWork): Promise<void> {
  const { status, settings } = requireServer(servers, serverName);
  const describeUsage = new DescribeUsage({ servers, use: new PostgresServerUse(database) }, quotaRules(config));
  const usage = await describeUsage.ofServer({ serverName, isDeploymentAdmin: true }, serverName);
  const { accounts, month, total, quotas, exceeded } = usage;
  print(`${serverName}  ${status}  ${settings.publicBaseUrl ?? 'no public URL'}`);
  print(
    `accounts: ${accounts.users} (${accounts.guests} guests, ${accounts.bridged} of application services), ${accounts.deactivated} deactivated`,
  );
  print(`stored: ${total.events} events, ${total.eventBytes} bytes`);
  print(`this month: ${month.requests} requests, ${month.receivedBytes} bytes received, ${month.sentBytes} sent`);
  if (Object.keys(quotas).length > 0) print(`may use: ${describeQuotas(quotas)}`);
  if (exceeded.length > 0) print(`used up: ${exceeded.join(', ')}`);
}

async function setStatus({ servers, serverName, print }: ServerWork, status: 'active' | 'suspended'): Promise<void> {
  await new ChangeServer(servers).setStatus(serverName, status);
  print(`${serverName} is ${status}.`);
}

async function listKeys({ servers, serverName, print }: ServerWork): Promise<void> {
  for (const key of new RotateSigningKey(servers, systemRandomSource).list(serverName)) {
    print(`${key.keyId}  ${key.publicKey}  ${stageOf(key)}`);
  }
}

async function rotateKey({ servers, serverName, print }: ServerWork): Promise<void> {
  const [newest] = await new RotateSigningKey(servers, systemRandomSource).execute(serverName);
  print(`${serverName} signs with ${newest?.keyId} now.`);
}

async function importKey({ servers, serverName, options, print }: ServerWork<ImportKeyOptions>): Promise<void> {
  const { keyId, publicKey, expired } = options;
  const expiredAt = /^\d+$/.test(expired) ? Number(expired) : Date.parse(expired);
  const former = { [keyId]: { key: publicKey, expired_ts: expiredAt } };
  await new ImportSigningKeys(servers, systemClock).execute(serverName, former);
  print(`${serverName} publishes ${keyId} as expired ${new Date(expiredAt).toISOString()}.`);
}

function stageOf(key: HostedServerKey): string {
  if (isAnnounced(key)) return 'announced';
  const { activeSince, retiredAt } = key;
  if (activeSince === undefined && retiredAt !== undefined)
    return `had elsewhere, until ${new Date(retiredAt).toISOString()}`;
  return retiredAt === undefined ? 'active' : `retired ${new Date(retiredAt).toISOString()}`;
}
