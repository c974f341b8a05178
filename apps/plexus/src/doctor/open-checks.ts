import { openFederationAsker } from '@plexus/federation-sender';
import type { DatabaseUrls } from '@plexus/service-adapters';
import { FederationPolicy, systemClock } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import { PostgresDatabase, PostgresHostedServers } from '@plexus/storage-postgres';
import type { CommandContext } from '../commands/command-context.ts';
import { askWeb } from './ask-web.ts';
import { checkCertificates } from './check-certificates.ts';
import { checkConfiguration } from './check-configuration.ts';
import { checkDatabase } from './check-database.ts';
import { checkHostedServers } from './check-hosted-servers.ts';
import { checkKeys } from './check-keys.ts';
import { checkTables } from './check-tables.ts';
import { openBackendChecks } from './open-backend-checks.ts';
import type { Check } from './run-checks.ts';

/** Which hosted servers are looked at. */
export interface CheckedServers {
  /** Nothing: all. */
  readonly names: readonly string[] | undefined;
  readonly isOffline: boolean;
}

const REACH_DATABASE = 'see that Postgres runs, that `database.url` is right, and that this machine may connect to it';

/** All checks of a deployment, in the order in which a fault of one explains those of the next. */
export async function openChecks(
  config: PlexusConfig,
  context: CommandContext,
  which: CheckedServers,
): Promise<{ readonly checks: readonly Check[]; close(): Promise<void> }> {
  const urls = await context.findDatabases(config);
  const isOne = urls.rooms === urls.accounts;
  const rooms = open(urls.rooms, urls.tls);
  const accounts = isOne ? rooms : open(urls.accounts, urls.tls);
  const servers = new PostgresHostedServers(accounts, { clock: systemClock, onPollError: failPoll });
  const federation = openFederationAsker(config.federation);
  const policy = new FederationPolicy(servers, config.federation);
  const ports = {
    askWeb,
    askFederation: federation.ask,
    keys: servers,
    federates: (name: string) => policy.isEnabled(name),
  };
  const databases = isOne
    ? [['rooms, accounts', rooms] as const]
    : [['rooms', rooms] as const, ['accounts', accounts] as const];
  const checks: Check[] = [
    check('configuration', '', async () => checkConfiguration(config)),
    check('certificates', 'correct the settings that name it', () => checkCertificates(config, systemClock)),
    ...databases.map(([name, database]) =>
      check(`database (${name})`, REACH_DATABASE, () => checkDatabase({ name, database }, systemClock)),
    ),
    check('tables', REACH_DATABASE, () => checkTables({ rooms, urls }, config)),
    ...openBackendChecks(config),
    check('signing keys', REACH_DATABASE, async () => {
      await servers.refresh();
      return checkKeys(servers);
    }),
  ];
  if (!which.isOffline) {
    checks.push(check('hosted servers', REACH_DATABASE, () => checkHostedServers(servers, which.names, ports)));
  }
  return {
    checks,
    async close() {
      await federation.close();
      await rooms.close();
      if (!isOne) await accounts.close();
      await urls.close();
    },
  };
}

function open(url: string, tls: DatabaseUrls['tls']): PostgresDatabase {
  return new PostgresDatabase({ url, tls, applicationName: 'plexus doctor' });
}

function check(subject: string, advice: string, run: Check['run']): Check {
  return { subject, advice, run };
}

/** The servers are read once here and never polled. */
function failPoll(error: unknown): never {
  throw error;
}
