import { serverNameOf } from '@plexus/matrix-base';
import type { RoomLogRow, StoredEvent, UserRoom, UserRoomReader } from '@plexus/storage';
import { CountedCalls } from './counted-calls.ts';

/** Memberships of rooms in memory. */
export class FakeUserRooms extends CountedCalls implements UserRoomReader {
  readonly #userRooms = new Map<string, UserRoom>();

  removeUserRoom(userId: string, roomId: string): void {
    this.#userRooms.delete(`${userId} ${roomId}`);
  }

  async findUserRooms(userId: string): Promise<UserRoom[]> {
    await this.called('findUserRooms');
    return [...this.#userRooms.values()].filter((room) => room.userId === userId);
  }

  async findUserRoom(userId: string, roomId: string): Promise<UserRoom | undefined> {
    await this.called('findUserRoom');
    return this.#userRooms.get(`${userId} ${roomId}`);
  }

  async listJoinedRooms(
    userId: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    await this.called('listJoinedRooms');
    return this.#sharedRooms(userId, userId)
      .filter((roomId) => roomId > after)
      .slice(0, limit);
  }

  async listSharedRooms(
    userId: string,
    otherId: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    await this.called('listSharedRooms');
    return this.#sharedRooms(userId, otherId)
      .filter((roomId) => roomId > after)
      .slice(0, limit);
  }

  async countSharedRooms(userId: string, otherId: string): Promise<number> {
    await this.called('countSharedRooms');
    return this.#sharedRooms(userId, otherId).length;
  }

  #sharedRooms(userId: string, otherId: string): string[] {
    const joined = [...this.#userRooms.values()].filter(({ membership }) => membership === 'join');
    const others = new Set(joined.filter((room) => room.userId === otherId).map(({ roomId }) => roomId));
    const own = joined.filter((room) => room.userId === userId).map(({ roomId }) => roomId);
    return own.filter((roomId) => others.has(roomId)).sort();
  }

  protected residentServersOf(roomNid: number): Map<string, number> {
    const resident = new Map<string, number>();
    for (const member of this.#userRooms.values()) {
      if (member.roomNid !== roomNid || member.membership !== 'join') continue;
      const serverName = serverNameOf(member.userId);
      resident.set(serverName, (resident.get(serverName) ?? 0) + 1);
    }
    return resident;
  }

  protected project(userId: string, event: StoredEvent, row: RoomLogRow): void {
    const key = `${userId} ${row.roomId}`;
    const { sender, content } = JSON.parse(event.json.toString()) as {
      sender: string;
      content: { membership: UserRoom['membership'] };
    };
    this.#userRooms.set(key, {
      userId,
      roomId: row.roomId,
      shard: row.shard,
      roomNid: row.roomNid,
      membership: content.membership,
      previousMembership: this.#userRooms.get(key)?.membership,
      sender,
      eventId: event.eventId,
      position: row.position,
      strippedState: undefined,
    });
  }

  protected membershipOf(userId: string, roomId: string): UserRoom['membership'] | undefined {
    return this.#userRooms.get(`${userId} ${roomId}`)?.membership;
  }

  protected countMembers(roomId: string, membership: UserRoom['membership']): number {
    return [...this.#userRooms.values()].filter((room) => room.roomId === roomId && room.membership === membership)
      .length;
  }
}
