import type { Appservice } from '@plexus/appservices';
import type { HostedServers } from '@plexus/storage';
import { findHostedServer } from './find-hosted-server.ts';

/**
 * The hosted server that a request of an application service is for, where it names no user: the one of its `Host` header, else the only one
 * that the application service has to do with.
 */
export function findAppserviceServer(
  servers: HostedServers,
  appservice: Appservice,
  host: string | undefined,
): string | undefined {
  const named = findHostedServer(servers, host)?.serverName;
  if (named !== undefined && appservice.serves(named)) return named;
  const [only, ...others] = appservice.firstServed(servers.list(), 2);
  return others.length === 0 ? only : undefined;
}
