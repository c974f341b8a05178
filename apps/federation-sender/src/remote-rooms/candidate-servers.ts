import { isServerName } from '@plexus/matrix-base';
import type { HostedServers } from '@plexus/storage';

/** No more are asked for one membership. */
const MOST = 20;

/** The servers that may let a user into a room: each once, in the order given; what is no server name, or is hosted here, is left out. */
export function candidateServers(names: readonly string[], servers: Pick<HostedServers, 'isHosted'>): string[] {
  const candidates = [...new Set(names)].filter((name) => isServerName(name) && !servers.isHosted(name));
  return candidates.slice(0, MOST);
}
