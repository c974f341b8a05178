import type { Requester } from '@plexus/service-shell';
import type {
  HostedServers,
  ListedRoom,
  RoomAdminRepository,
  RoomDescriptionRepository,
  RoomListQuery,
} from '@plexus/storage';
import type { DescribeOutdatedRooms } from './describe-outdated-rooms.ts';

export interface ListRoomsPorts {
  readonly descriptions: RoomDescriptionRepository;
  readonly roomAdmin: Pick<RoomAdminRepository, 'listPublishedRooms'>;
  readonly servers: Pick<HostedServers, 'list'>;
}

/** How long a request waits for descriptions that are out of date; what is left then is described by the next ones. */
const DESCRIBE_MS = 5_000;

/** Lists rooms: all that are stored for the deployment's administrators, else those that the administrator's server is in. */
export class ListRooms {
  readonly #ports: ListRoomsPorts;
  readonly #describeOutdated: DescribeOutdatedRooms;

  constructor(ports: ListRoomsPorts, describeOutdated: DescribeOutdatedRooms) {
    this.#ports = ports;
    this.#describeOutdated = describeOutdated;
  }

  async execute(
    requester: Requester,
    query: Omit<RoomListQuery, 'hostedServers' | 'serverName' | 'publishedRooms'>,
  ): Promise<{ readonly rooms: ListedRoom[]; readonly total: number }> {
    const { descriptions, roomAdmin, servers } = this.#ports;
    const serverName = requester.isDeploymentAdmin ? undefined : requester.serverName;
    await this.#describeOutdated.execute(DESCRIBE_MS);
    return descriptions.listRooms({
      ...query,
      serverName,
      hostedServers: serverName === undefined ? servers.list().map((server) => server.serverName) : [serverName],
      publishedRooms: await roomAdmin.listPublishedRooms(serverName),
    });
  }
}
