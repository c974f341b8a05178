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
  const byHost = indexOf(all);
  return byHost.get(name) ?? byHost.get(hostOf(name));
}

/** One index for each list, made when it is first asked: there may be thousands of servers, and a request asks about one. For a new list the hosts of those servers that have changed are found anew. */
const indexes = new WeakMap<readonly HostedServer[], ReadonlyMap<string, HostedServer>>();

function indexOf(servers: readonly HostedServer[]): ReadonlyMap<string, HostedServer> {
  let index = indexes.get(servers);
  if (index === undefined) {
    index = buildIndex(servers);
    indexes.set(servers, index);
  }
  return index;
}

/** Where several claim a host, the first in the order of their names has it. */
function buildIndex(servers: readonly HostedServer[]): Map<string, HostedServer> {
  const index = new Map<string, HostedServer>();
  for (const server of servers) {
    for (const host of hostsOf(server)) if (!index.has(host)) index.set(host, server);
  }
  return index;
}

/** Made once for each version of a server. */
const hosts = new WeakMap<HostedServer, readonly string[]>();

function hostsOf(server: HostedServer): readonly string[] {
  const known = hosts.get(server) ?? buildHosts(server);
  hosts.set(server, known);
  return known;
}

function buildHosts({ serverName, settings }: HostedServer): readonly string[] {
  const { aliases = [], publicBaseUrl } = settings;
  const named = [serverName, ...aliases].map((host) => host.toLowerCase());
  return publicBaseUrl === undefined ? named : [...named, new URL(publicBaseUrl).host];
}
