import { findServerName } from '@plexus/matrix-base';
import type { StateReader } from '@plexus/room-view';
import type { RoomOfServer, RoomReader } from '@plexus/storage';
import type { EventStore } from '../log/event-store.ts';

export interface RemoteJoinedRoomsOptions {
  readonly reader: Pick<RoomReader, 'listRoomsOfServer'>;
  readonly states: Pick<StateReader, 'lookup'>;
  readonly events: Pick<EventStore, 'load'>;
}

const PAGE = 500;
/** So many states are looked into at once. */
const AT_ONCE = 32;

/**
 * Which rooms here users of other servers have joined. Nothing projects their memberships: of the rooms in which their server is, the states say it.
 *
 * @NOTE The cost follows the rooms that are shared with that server, and changes of devices of users whom nobody here has ever asked about are not told.
 */
export class RemoteJoinedRooms {
  readonly #options: RemoteJoinedRoomsOptions;

  constructor(options: RemoteJoinedRoomsOptions) {
    this.#options = options;
  }

  async read(userId: string): Promise<ReadonlySet<string>> {
    const serverName = findServerName(userId) ?? '';
    const joined = new Set<string>();
    for (let after: RoomOfServer | undefined; ;) {
      const page = await this.#options.reader.listRoomsOfServer(serverName, { after, limit: PAGE });
      for (let first = 0; first < page.length; first += AT_ONCE) {
        const some = page.slice(first, first + AT_ONCE);
        const are = await Promise.all(some.map((room) => this.#isJoined(room, userId)));
        for (const [index, { roomId }] of some.entries()) if (are[index] === true) joined.add(roomId);
      }
      if (page.length < PAGE) return joined;
      after = page.at(-1);
    }
  }

  async #isJoined(room: RoomOfServer, stateKey: string): Promise<boolean> {
    const { states, events } = this.#options;
    const [nid] = (await states.lookup(room, room.currentRoot, [{ type: 'm.room.member', stateKey }])) ?? [];
    return nid !== undefined && (await events.load(room, [nid])).get(nid)?.traits.membership === 'join';
  }
}
