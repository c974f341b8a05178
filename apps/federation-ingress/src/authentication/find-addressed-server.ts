import { hostOf, parseServerName } from '@plexus/matrix-base';
import { findHostedServer } from '@plexus/service-shell';
import type { HostedServer, HostedServers } from '@plexus/storage';

/**
 * The hosted server that another one means where its request says so by the `Host` alone: one of that name, or the one server to which
 * `/.well-known/matrix/server` leads there. The port counts only where it tells several apart: proxies leave it out.
 */
export function findAddressedServer(servers: HostedServers, host: string | undefined): HostedServer | undefined {
  return findHostedServer(servers, host) ?? findDelegating(servers.list(), host?.toLowerCase() ?? '');
}

function findDelegating(servers: readonly HostedServer[], host: string): HostedServer | undefined {
  if (parseServerName(host) === undefined) return undefined;
  const there = servers.filter((server) => hostOf(placeOf(server)) === hostOf(host));
  const exact = there.filter((server) => placeOf(server) === host);
  const [only, ...further] = exact.length > 0 ? exact : there;
  return further.length > 0 ? undefined : only;
}

function placeOf({ settings }: HostedServer): string {
  return settings.wellKnown?.server?.toLowerCase() ?? '';
}
