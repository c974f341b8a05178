import { MatrixError } from '@plexus/matrix-base';
import type { OutgoingQueues, Requester } from '@plexus/service-shell';
import type {
  DestinationQuery,
  DestinationReader,
  DestinationSummary,
  SharedRoom,
  SharedRoomReader,
} from '@plexus/storage';

export interface ManageDestinationsPorts {
  readonly destinations: DestinationReader;
  readonly sharedRooms: SharedRoomReader;
  readonly outgoing: Pick<OutgoingQueues, 'tryAgain'>;
}

/**
 * What administrators see of other servers to which something is sent, and how these are tried again. The administrator of a hosted server
 * sees what that server sends.
 */
export class ManageDestinations {
  readonly #ports: ManageDestinationsPorts;

  constructor(ports: ManageDestinationsPorts) {
    this.#ports = ports;
  }

  list(
    requester: Requester,
    query: Omit<DestinationQuery, 'origin'>,
  ): Promise<{ readonly destinations: DestinationSummary[]; readonly total: number }> {
    return this.#ports.destinations.listDestinations({ ...query, origin: originOf(requester) });
  }

  async get(requester: Requester, destination: string): Promise<DestinationSummary> {
    const found = await this.#ports.destinations.findDestination(destination, originOf(requester));
    if (found === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'Unknown destination');
    return found;
  }

  /** Rooms in which the destination has had users, each with the newest event that is meant for it. */
  async listRooms(
    requester: Requester,
    destination: string,
    page: Pick<DestinationQuery, 'descending' | 'offset' | 'limit'>,
  ): Promise<{ readonly rooms: SharedRoom[]; readonly total: number }> {
    await this.get(requester, destination);
    const { destinations, sharedRooms } = this.#ports;
    const own = originOf(requester);
    const { rooms, total } = await sharedRooms.pageSharedRooms({ ...page, serverName: destination, sharedBy: own });
    const roomIds = rooms.map(({ roomId }) => roomId);
    const lacking = await destinations.findLacking(destination, own, roomIds);
    return { rooms: rooms.map((room) => ({ ...room, position: lacking.get(room.roomId) ?? room.position })), total };
  }

  /** Has a destination that is left alone tried at once. */
  async reset(requester: Requester, destination: string): Promise<void> {
    await this.get(requester, destination);
    const own = originOf(requester);
    const origins = await this.#ports.destinations.listOrigins(destination);
    const failing = origins.filter(({ origin, isFailing }) => isFailing && (own === undefined || origin === own));
    if (failing.length === 0) {
      const because = 'The retry timing does not need to be reset for this destination.';
      throw new MatrixError('M_UNKNOWN', 400, because);
    }
    for (const { origin } of failing) await this.#ports.outgoing.tryAgain({ origin, destination });
  }
}

/** Nothing: of all hosted servers. */
function originOf({ isDeploymentAdmin, serverName }: Requester): string | undefined {
  return isDeploymentAdmin ? undefined : serverName;
}
