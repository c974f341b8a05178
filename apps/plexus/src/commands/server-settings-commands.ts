import { readFile } from 'node:fs/promises';
import { ChangeServer, readWrittenSettings, requireServer, writeSettings } from '@plexus/client-api';
import { StartError } from '@plexus/service-shell';
import type { HostedServerQuotas, HostedServerSettings } from '@plexus/storage';
import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';
import { addServerWork } from './server-work.ts';

interface SettingsOptions extends CommonOptions {
  readonly from?: string;
}

interface QuotaOptions extends CommonOptions {
  readonly users?: string;
  readonly eventBytes?: string;
  readonly monthlyTrafficBytes?: string;
}

const QUOTAS = ['users', 'eventBytes', 'monthlyTrafficBytes'] as const satisfies readonly (keyof HostedServerQuotas)[];

/** `plexus server settings | set-quotas` */
export function addServerSettingsCommands(server: Command, context: CommandContext): void {
  addServerWork<SettingsOptions>(server, context, {
    name: 'settings',
    description: 'Print the settings of a hosted server as JSON, or replace them.',
    options: [['--from <file>', 'a file of JSON, in the words of the configuration file: all of its settings']],
    looksOnly: ({ from }) => from === undefined,
    async work({ servers, serverName, options: { from }, print }) {
      if (from === undefined) return print(writeSettings(requireServer(servers, serverName)));
      const settings = readWrittenSettings(await readText(from));
      await new ChangeServer(servers).setSettings(serverName, settings);
      return print(`${serverName} has other settings.`);
    },
  });
  addServerWork<QuotaOptions>(server, context, {
    name: 'set-quotas',
    description:
      'Say how much a hosted server may use: a number, 0 included, or `none` for what counts in the deployment.',
    options: [
      ['--users <number>', 'accounts that are not deactivated'],
      ['--event-bytes <number>', 'bytes of stored events'],
      ['--monthly-traffic-bytes <number>', 'bytes of requests and answers in a month'],
    ],
    async work({ servers, serverName, options, print }) {
      const { settings } = requireServer(servers, serverName);
      const quotas = changedQuotas(settings.quotas ?? {}, options);
      await new ChangeServer(servers).setSettings(serverName, { ...settings, quotas });
      print(`${serverName} may use: ${describeQuotas(quotas)}.`);
    },
  });
}

/** The server's own quotas, in words. */
export function describeQuotas(quotas: NonNullable<HostedServerSettings['quotas']>): string {
  const { users, eventBytes, monthlyTrafficBytes } = quotas;
  const words = [
    ...(users === undefined ? [] : [`${users} accounts`]),
    ...(eventBytes === undefined ? [] : [`${eventBytes} bytes of events`]),
    ...(monthlyTrafficBytes === undefined ? [] : [`${monthlyTrafficBytes} bytes of traffic a month`]),
  ];
  return words.length === 0 ? 'what the deployment allows' : words.join(', ');
}

function changedQuotas(quotas: HostedServerQuotas, options: QuotaOptions): HostedServerQuotas {
  const named = QUOTAS.filter((name) => options[name] !== undefined);
  if (named.length === 0) throw new StartError('Name a quota: --users, --event-bytes or --monthly-traffic-bytes.');
  const given = QUOTAS.map((name) => [name, options[name] === undefined ? quotas[name] : quotaOf(options[name])]);
  return Object.fromEntries(given.filter(([, quota]) => quota !== undefined));
}

function quotaOf(written: string): number | undefined {
  if (written === 'none') return undefined;
  const quota = Number(written);
  if (/^\d+$/.test(written) && Number.isSafeInteger(quota)) return quota;
  throw new StartError(`"${written}" is no quota: a quota is a whole number, or none.`);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new StartError(`${path} cannot be read.`, { cause: error });
  }
}
