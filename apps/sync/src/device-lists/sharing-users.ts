import { findServerName } from '@plexus/matrix-base';
import type { RoomReader } from '@plexus/storage';
import type { UserSession } from '../sessions/user-session.ts';
import type { SharedRooms } from './shared-rooms.ts';

export interface SharingUsersOptions {
  readonly reader: Pick<RoomReader, 'findResidency'>;
  readonly sharedRooms: Pick<SharedRooms, 'findJoined'>;
}

/** Finds with which of some users of other servers a user shares a room: in the states of those of the user's rooms in which their servers are. */
export class SharingUsers {
  readonly #options: SharingUsersOptions;

  constructor(options: SharingUsersOptions) {
    this.#options = options;
  }

  async find({ memberships }: Pick<UserSession, 'memberships'>, userIds: readonly string[]): Promise<string[]> {
    const { reader, sharedRooms } = this.#options;
    const rooms = [...memberships.values()].filter(({ membership }) => membership === 'join').map(({ room }) => room);
    const found = new Set<string>();
    for (const [serverName, ofServer] of Map.groupBy(new Set(userIds), (userId) => findServerName(userId) ?? '')) {
      const areThere = await reader.findResidency(serverName, rooms);
      for (const [index, room] of rooms.entries()) {
        const sought = areThere[index] === true ? ofServer.filter((userId) => !found.has(userId)) : [];
        if (sought.length === 0) continue;
        for (const userId of await sharedRooms.findJoined(room, sought)) found.add(userId);
      }
    }
    return [...found];
  }
}
