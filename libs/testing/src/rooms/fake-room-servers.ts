import type {
  RoomOfServer,
  RoomNumbers,
  ServerInRoom,
  RoomServersReader,
  RoomOfServerPage,
  ServerNamePage,
} from '@plexus/storage';
import { ROOM_VERSION } from './fake-event.ts';
import type { RoomCounting } from './fake-unread.ts';
import { FakeUserRooms } from './fake-user-rooms.ts';

export interface FakeRoom extends RoomCounting {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomId: string;
  currentRoot: number;
  topologicalPosition: number;
}

/** Which servers have users in the rooms in memory, by their users' memberships. */
export abstract class FakeRoomServers extends FakeUserRooms implements RoomServersReader {
  protected abstract allRooms(): Iterable<FakeRoom>;

  async readResidentServers(_shard: number, roomNid: number): Promise<Map<string, number>> {
    await this.called('readResidentServers');
    return this.residentServersOf(roomNid);
  }

  async countJoined(_shard: number, roomNid: number, serverNames: readonly string[]): Promise<Map<string, number>> {
    await this.called('countJoined');
    const resident = this.residentServersOf(roomNid);
    return new Map([...resident].filter(([serverName]) => serverNames.includes(serverName)));
  }

  async findServerInRoom(_shard: number, roomNid: number, serverName: string): Promise<ServerInRoom | undefined> {
    await this.called('findServerInRoom');
    const room = [...this.allRooms()].find((one) => one.roomNid === roomNid);
    if (room === undefined) return undefined;
    return {
      currentRoot: room.currentRoot,
      joinedCount: this.residentServersOf(roomNid).get(serverName) ?? 0,
      invitedCount: this.countMembers(room.roomId, 'invite'),
    };
  }

  async findResidency(serverName: string, rooms: readonly RoomNumbers[]): Promise<boolean[]> {
    await this.called('findResidency');
    return rooms.map(({ roomNid }) => this.residentServersOf(roomNid).has(serverName));
  }

  async findResidentSince(serverName: string, rooms: readonly RoomNumbers[]): Promise<(number | undefined)[]> {
    await this.called('findResidentSince');
    return rooms.map(({ roomNid }) => (this.residentServersOf(roomNid).has(serverName) ? 1 : undefined));
  }

  async listRoomsOfServer(serverName: string, { after, limit }: RoomOfServerPage): Promise<RoomOfServer[]> {
    await this.called('listRoomsOfServer');
    const rooms = [...this.allRooms()].toSorted((a, b) => a.roomNid - b.roomNid);
    return rooms
      .filter(({ roomNid }) => roomNid > (after?.roomNid ?? 0) && this.residentServersOf(roomNid).has(serverName))
      .slice(0, limit)
      .map(({ shard, roomNid, roomId, currentRoot }) => ({
        shard,
        roomNid,
        roomId,
        currentRoot,
        roomVersion: ROOM_VERSION,
      }));
  }

  async listResidentServers(_shard: number, roomNid: number, { after, limit }: ServerNamePage): Promise<string[]> {
    await this.called('listResidentServers');
    const names = [...this.residentServersOf(roomNid).keys()].sort();
    return names.filter((name) => name > after).slice(0, limit);
  }
}
