import { isServerName, MatrixError, parseServerName } from '@plexus/matrix-base';
import type { HostedServers, HostedServerSettings } from '@plexus/storage';

/** Throws 400 for settings that cannot be, 409 for a `Host` that another server is reached under. */
export function requireUsableSettings(
  servers: HostedServers,
  serverName: string,
  settings: HostedServerSettings,
): void {
  for (const alias of settings.aliases ?? []) {
    if (!isServerName(alias))
      throw new MatrixError('M_INVALID_PARAM', 400, '"aliases" has something that is no host name');
    requireFreeHost(servers, serverName, alias.toLowerCase());
  }
  const { publicBaseUrl } = settings;
  if (publicBaseUrl !== undefined && !URL.canParse(publicBaseUrl)) {
    throw new MatrixError('M_INVALID_PARAM', 400, '"public_baseurl" is not a URL');
  }
  const advertised = settings.wellKnown?.server;
  if (advertised !== undefined && !isServerName(advertised)) {
    throw new MatrixError('M_INVALID_PARAM', 400, '"well_known.server" is not a host name');
  }
  const policyAddress = settings.policyServer?.address;
  if (policyAddress !== undefined && parseServerName(policyAddress)?.port === undefined) {
    throw new MatrixError('M_INVALID_PARAM', 400, '"policy_server.address" is not host:port');
  }
}

function requireFreeHost(servers: HostedServers, serverName: string, host: string): void {
  const other = servers.list().find((server) => server.serverName !== serverName && reaches(server, host));
  if (other === undefined) return;
  throw new MatrixError('M_INVALID_PARAM', 409, `${other.serverName} is reached as ${host} already`);
}

function reaches(
  server: { readonly serverName: string; readonly settings: HostedServerSettings },
  host: string,
): boolean {
  const hosts = [server.serverName, ...(server.settings.aliases ?? [])];
  return hosts.some((name) => name.toLowerCase() === host);
}
