import type { HostedServers } from '@plexus/storage';

/** No more are asked for one thing. */
const MOST = 6;

/**
 * The servers that most likely have what is missing in a room: first those that are known to have had it, then those with the most joined users.
 * Hosted servers are left out: what they have is here.
 */
export function likelyServers(
  first: readonly string[],
  joined: ReadonlyMap<string, number>,
  hosted: Pick<HostedServers, 'isHosted'>,
): string[] {
  const byUsers = [...joined].toSorted(([, a], [, b]) => b - a).map(([serverName]) => serverName);
  const names = [...new Set([...first, ...byUsers])];
  return names.filter((name) => !hosted.isHosted(name)).slice(0, MOST);
}
