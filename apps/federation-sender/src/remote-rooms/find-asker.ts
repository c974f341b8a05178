import type { ServerAcl } from '@plexus/room-dag';
import type { HostedServers, RoomRecord } from '@plexus/storage';

export interface FindAskerPorts {
  readonly hosted: Pick<HostedServers, 'isHosted'>;
  /** The server ACLs of rooms, as their states are now. */
  readonly acls: { find(room: RoomRecord): Promise<ServerAcl> };
}

/**
 * In whose name something of a room is asked for: as the hosted server that it is for, or, where that one has no users in the room any more or the room's server
 * ACL denies it, as another one there: other servers answer only those. What a room has is stored once for all of them. Where there is none, as the first.
 */
export async function findAsker(
  { hosted, acls }: FindAskerPorts,
  room: RoomRecord,
  { wanted, joined }: { readonly wanted: string; readonly joined: ReadonlyMap<string, number> },
): Promise<string> {
  const resident = [...joined.keys()].filter((serverName) => hosted.isHosted(serverName));
  const others = resident.filter((serverName) => serverName !== wanted);
  if (others.length === 0) return wanted;
  const acl = await acls.find(room);
  const candidates = [...resident.filter((serverName) => serverName === wanted), ...others.toSorted()];
  return candidates.find((serverName) => acl.allows(serverName)) ?? wanted;
}
