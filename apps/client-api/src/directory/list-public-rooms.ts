import { decodeDirectoryToken, directoryBatchesAround, publishedRoomOf } from '@plexus/matrix-api';
import type { PublicRoomsRequest, PublicRoomsResponse } from '@plexus/matrix-api';
import { isServerName, MatrixError, searchWordsOf } from '@plexus/matrix-base';
import { publicRooms } from '@plexus/remote-servers';
import type { RemoteServers } from '@plexus/remote-servers';
import { compileServerAcl } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import { directoryNameOf } from '@plexus/storage';
import type { DirectoryQuery, HostedServers, PublishedRoomRepository, RoomReader, RoomSummary } from '@plexus/storage';
import { errorOfAnswer } from '../federation/remote-error.ts';

export interface ListPublicRoomsPorts {
  readonly published: Pick<PublishedRoomRepository, 'pagePublishedRooms' | 'countPublishedRooms' | 'listInstances'>;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findResidency'>;
  readonly servers: HostedServers;
  readonly states: RoomState;
  readonly remoteServers: Pick<RemoteServers, 'request'>;
}

export interface DirectoryRules {
  readonly requiresUser: boolean;
  /** Whether other servers' users see a directory. */
  readonly isSharedWithServers: boolean;
}

export interface PublicRoomsQuery extends PublicRoomsRequest {
  /** Whose users ask. */
  readonly requestingServer: string;
  /** Whose directory is asked for. */
  readonly server: string | undefined;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;
/** Greater numbers of rooms are not counted. */
const MAX_COUNT = 10_000;

/**
 * Lists the directory of a server, rooms with the most members first
 * (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3publicrooms). Users of another hosted server get what they would over
 * federation.
 */
export class ListPublicRooms {
  readonly rules: DirectoryRules;
  readonly #ports: ListPublicRoomsPorts;

  constructor(ports: ListPublicRoomsPorts, rules: DirectoryRules) {
    this.#ports = ports;
    this.rules = rules;
  }

  execute(query: PublicRoomsQuery): Promise<PublicRoomsResponse> {
    const serverName = this.#directoryOf(query);
    return this.#ports.servers.isHosted(serverName) ? this.#list(serverName, query) : this.#ask(serverName, query);
  }

  async #ask(
    destination: string,
    { requestingServer: origin, ...query }: PublicRoomsQuery,
  ): Promise<PublicRoomsResponse> {
    const answer = await publicRooms(this.#ports.remoteServers, { origin, destination }, query);
    if (answer.outcome === 'ok') return answer.value;
    throw errorOfAnswer(answer, destination);
  }

  async #list(serverName: string, query: PublicRoomsQuery): Promise<PublicRoomsResponse> {
    const limit = Math.min(query.limit === undefined || query.limit === 0 ? DEFAULT_LIMIT : query.limit, MAX_LIMIT);
    const start = query.since === undefined ? undefined : decodeDirectoryToken(query.since);
    const directories = await this.#directoriesOf(serverName, query);
    const found = await this.#pageAll(directories, {
      words: searchWordsOf(query.filter?.generic_search_term ?? ''),
      roomTypes: query.filter?.room_types,
      from: start?.from,
      direction: start?.direction ?? 'forwards',
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const hasMore = found.length > limit;
    const rooms = start?.direction === 'backwards' ? page.toReversed() : page;
    const shown = await this.#leaveOutHidden(rooms, serverName, query.requestingServer);
    return {
      chunk: shown.map(publishedRoomOf),
      ...directoryBatchesAround(rooms, start, hasMore),
      ...(await this.#estimate(query, directories)),
    };
  }

  /** The server's own directory, one of its networks', or all of them. */
  async #directoriesOf(serverName: string, query: PublicRoomsQuery): Promise<string[]> {
    const { include_all_networks: includesAll = false, third_party_instance_id: instanceId } = query;
    if (!includesAll) return [directoryNameOf(serverName, instanceId)];
    const instances = await this.#ports.published.listInstances(serverName);
    return [serverName, ...instances.map((instance) => directoryNameOf(serverName, instance))];
  }

  /** Each directory is in the same order: the first rooms of all are among the first of each. */
  async #pageAll(directories: readonly string[], page: Omit<DirectoryQuery, 'serverName'>): Promise<RoomSummary[]> {
    const { published } = this.#ports;
    const pages = await Promise.all(
      directories.map((serverName) => published.pagePublishedRooms({ ...page, serverName })),
    );
    const [only, ...others] = pages;
    if (only !== undefined && others.length === 0) return only;
    const rooms = [...new Map(pages.flat().map((room) => [room.roomId, room])).values()].sort(compareRooms);
    return (page.direction === 'forwards' ? rooms : rooms.reverse()).slice(0, page.limit);
  }

  #directoryOf({ server, requestingServer }: PublicRoomsQuery): string {
    if (server === undefined || server === requestingServer) return requestingServer;
    if (!isServerName(server)) throw new MatrixError('M_INVALID_PARAM', 400, '"server" is no server name');
    if (this.rules.isSharedWithServers || !this.#ports.servers.isHosted(server)) return server;
    throw new MatrixError('M_FORBIDDEN', 403, `${server} does not show its directory to other servers`);
  }

  /** A directory shows only rooms that its server is in, and to others only those whose server ACL lets them in. */
  async #leaveOutHidden(rooms: readonly RoomSummary[], serverName: string, askedBy: string): Promise<RoomSummary[]> {
    const resident = await this.#ports.rooms.findResidency(serverName, rooms);
    const there = rooms.filter((_room, index) => resident[index]);
    if (askedBy === serverName) return there;
    const allowed = await Promise.all(there.map((room) => this.#isAllowed(room, askedBy)));
    return there.filter((_room, index) => allowed[index]);
  }

  async #isAllowed({ roomId }: RoomSummary, serverName: string): Promise<boolean> {
    const room = await this.#ports.rooms.findRoom(roomId);
    if (room === undefined) return false;
    const key = { type: 'm.room.server_acl', stateKey: '' };
    const acl = await this.#ports.states.find(room, room.currentRoot, key);
    return compileServerAcl(acl?.content).allows(serverName);
  }

  async #estimate(
    { filter }: PublicRoomsQuery,
    directories: readonly string[],
  ): Promise<{ total_room_count_estimate?: number }> {
    if (filter?.generic_search_term !== undefined || filter?.room_types !== undefined) return {};
    const { published } = this.#ports;
    const counts = await Promise.all(directories.map((name) => published.countPublishedRooms(name, MAX_COUNT)));
    const count = counts.reduce((sum, one) => sum + one, 0);
    return count < MAX_COUNT ? { total_room_count_estimate: count } : {};
  }
}

/** The order of directories: those with the most members first. */
function compareRooms(a: RoomSummary, b: RoomSummary): number {
  if (a.joinedCount !== b.joinedCount) return b.joinedCount - a.joinedCount;
  return a.roomId < b.roomId ? 1 : -1;
}
