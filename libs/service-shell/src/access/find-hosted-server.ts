import { hostOf, parseServerName } from '@plexus/matrix-base';
import type { HostedServer, HostedServers } from '@plexus/storage';

/**
 * The hosted server that a request without a user is for, by its `Host` header: the server of that name (with or without the port), or the one that
 * has it as an alias or in its public base URL. A deployment of one server takes any host for it.
 */
export function findHostedServer(servers: HostedServers, host: string | undefined): HostedServer | undefined {
  const all = servers.list();
  if (all.length === 1) return all[0];
  const name = host?.toLowerCase();
  if (name === undefined || parseServerName(name) === undefined) return undefined;
  return all.find((server) => isReachedAs(server, name)) ?? all.find((server) => isReachedAs(server, hostOf(name)));
}

function isReachedAs({ serverName, settings }: HostedServer, host: string): boolean {
  if (serverName.toLowerCase() === host) return true;
  if (settings.aliases?.some((alias) => alias.toLowerCase() === host) === true) return true;
  return settings.publicBaseUrl !== undefined && new URL(settings.publicBaseUrl).host === host;
}
