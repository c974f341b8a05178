import type { NamedCache } from '@plexus/cache';
import type { RedactionReader, StateReader } from '@plexus/room-view';
import { compileServerAcl } from '@plexus/room-dag';
import type { ServerAcl } from '@plexus/room-dag';
import type { RoomReader, RoomRecord } from '@plexus/storage';

export interface ServerAclReaderPorts {
  readonly rooms: Pick<RoomReader, 'findEvents'>;
  readonly states: Pick<StateReader, 'lookup'>;
  readonly redactions: Pick<RedactionReader, 'show'>;
  /** `get_server_acl_for_room` */
  readonly acls: NamedCache<ServerAcl>;
}

const ACL_KEYS = [{ type: 'm.room.server_acl', stateKey: '' }];

/**
 * Whom rooms let in (https://spec.matrix.org/v1.19/server-server-api/#server-access-control-lists-acls). What a room's ACL comes to is kept by the
 * event that is in the room's state now: another ACL has another event, so that nothing has to be invalidated. Only a redaction changes what an
 * event says, and is seen when the entry expires, after a second.
 */
export class ServerAclReader {
  readonly #ports: ServerAclReaderPorts;

  constructor(ports: ServerAclReaderPorts) {
    this.#ports = ports;
  }

  /** Whether a server may take part in a room as its state is now. */
  async allows(room: RoomRecord, serverName: string): Promise<boolean> {
    const [eventNid] = (await this.#ports.states.lookup(room, room.currentRoot, ACL_KEYS)) ?? [];
    if (eventNid === undefined) return true;
    const key = `${room.shard}/${eventNid}`;
    const acl = await this.#ports.acls.get(key, () => this.#compile(room, eventNid));
    return acl === undefined || acl.allows(serverName);
  }

  async #compile(room: RoomRecord, eventNid: number): Promise<ServerAcl | undefined> {
    const { rooms, redactions } = this.#ports;
    const stored = (await rooms.findEvents(room.shard, [eventNid])).get(eventNid);
    if (stored === undefined) return undefined;
    return compileServerAcl((await redactions.show(room, stored)).event.content);
  }
}
