import { serverNameOf } from '@plexus/matrix-base';
import { timestampToEvent } from '@plexus/remote-servers';
import type { RemoteRooms, RemoteServers } from '@plexus/remote-servers';
import type { EventAt, EventAtQuery } from '@plexus/room-view';
import type { BackwardExtremityReader, HostedServers, RoomReader } from '@plexus/storage';
import type { RoomAccess } from './room-access.ts';

export interface FetchEventAtPorts {
  readonly remoteServers: Pick<RemoteServers, 'request'>;
  readonly remoteRooms: Pick<RemoteRooms, 'backfill'>;
  readonly extremities: BackwardExtremityReader;
  readonly rooms: Pick<RoomReader, 'listResidentServers' | 'findEventsById'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
}

/** An event as near as this is near enough. */
const NEAR_MS = 60_000;
const MOST_SERVERS = 3;
const RESIDENTS = 20;
/** So far back history is fetched for it; beyond that, what is here has to do. */
const MOST_PAGES = 10;
const EVENTS_PER_PAGE = 100;

/**
 * Looks for the event nearest to a time where history is missing here (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event):
 * another server says which it is, and the history down to it is fetched.
 */
export class FetchEventAt {
  readonly #ports: FetchEventAtPorts;

  constructor(ports: FetchEventAtPorts) {
    this.#ports = ports;
  }

  /** Whether a nearer event than the one that was found here is here now. Only for who is in the room. */
  async execute(access: RoomAccess, query: EventAtQuery, found: EventAt | undefined): Promise<boolean> {
    if (access.kind !== 'joined' || (found !== undefined && distanceOf(found, query) <= NEAR_MS)) return false;
    if ((await this.#findEnd(access)) === undefined) return false;
    const nearest = await this.#ask(access, query, found);
    return nearest !== undefined && this.#fetch(access, nearest.eventId);
  }

  async #ask(
    { room, userId }: RoomAccess,
    query: EventAtQuery,
    found: EventAt | undefined,
  ): Promise<EventAt | undefined> {
    const { rooms, servers, remoteServers } = this.#ports;
    const residents = await rooms.listResidentServers(room.shard, room.roomNid, { after: '', limit: RESIDENTS });
    const others = residents.filter((serverName) => !servers.isHosted(serverName)).slice(0, MOST_SERVERS);
    const origin = serverNameOf(userId);
    for (const destination of others) {
      const answer = await timestampToEvent(remoteServers, { origin, destination }, { roomId: room.roomId, ...query });
      if (answer.outcome !== 'ok') continue;
      const { event_id: eventId, origin_server_ts: originServerTs } = answer.value;
      const told = { eventId, originServerTs };
      const isNearer = found === undefined || distanceOf(told, query) < distanceOf(found, query);
      if (isOnSide(told, query) && isNearer) return told;
    }
    return undefined;
  }

  /** Whether the event is here in the end. */
  async #fetch(access: RoomAccess, eventId: string): Promise<boolean> {
    const { shard, roomNid, roomId } = access.room;
    const origin = serverNameOf(access.userId);
    for (let pages = 0; ; pages += 1) {
      const stored = await this.#ports.rooms.findEventsById(shard, roomNid, [eventId]);
      if (stored.get(eventId)?.topologicalPosition !== undefined) return true;
      const upTo = pages < MOST_PAGES ? await this.#findEnd(access) : undefined;
      if (upTo === undefined) return false;
      const query = { roomId, origin, upTo, limit: EVENTS_PER_PAGE };
      if ((await this.#ports.remoteRooms.backfill(query)) === 0) return false;
    }
  }

  /** The newest place where history is missing. */
  async #findEnd({ room: { shard, roomNid } }: RoomAccess): Promise<number | undefined> {
    const query = { shard, roomNid, upTo: undefined, limit: 1 };
    const [end] = await this.#ports.extremities.listBackwardExtremities(query);
    return end?.topologicalPosition;
  }
}

function distanceOf({ originServerTs }: EventAt, { timestamp }: EventAtQuery): number {
  return Math.abs(originServerTs - timestamp);
}

function isOnSide({ originServerTs }: EventAt, { timestamp, direction }: EventAtQuery): boolean {
  return direction === 'forwards' ? originServerTs >= timestamp : originServerTs <= timestamp;
}
