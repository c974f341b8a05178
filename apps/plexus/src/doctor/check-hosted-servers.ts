import type { HostedServers } from '@plexus/storage';
import { checkServer } from './check-server.ts';
import type { CheckServerPorts } from './check-server.ts';
import type { Finding } from './finding.ts';
import { fault, warning } from './finding.ts';

const MOST_SERVERS = 50;

/** How the hosted servers are found by their names: those that are named, else the first ones. */
export async function checkHostedServers(
  servers: Pick<HostedServers, 'list'>,
  names: readonly string[] | undefined,
  ports: CheckServerPorts,
): Promise<readonly Finding[]> {
  const all = servers.list();
  const chosen = names === undefined ? all : all.filter(({ serverName }) => names.includes(serverName));
  const found = await Promise.all(chosen.slice(0, MOST_SERVERS).map((server) => checkServer(server, ports)));
  const strangers = (names ?? []).filter((name) => !chosen.some(({ serverName }) => serverName === name));
  const left = chosen.length - MOST_SERVERS;
  return [
    ...found.flat(),
    ...strangers.map((name) => fault(`server ${name}`, 'it is not hosted here', 'see `plexus server list`')),
    ...(left > 0 ? [warning('hosted servers', `${left} were not looked at`, 'name them with --server')] : []),
  ];
}
