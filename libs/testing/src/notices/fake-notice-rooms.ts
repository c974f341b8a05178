import type { JsonObject } from '@plexus/matrix-base';
import type { NewNoticeRoom, NoticeRoom, NoticeRoomRepository } from '@plexus/storage';

/** Rooms of notices in memory. */
export class FakeNoticeRooms implements NoticeRoomRepository {
  readonly rooms = new Map<string, NoticeRoom>();

  async findRoom(userId: string): Promise<string | undefined> {
    return this.rooms.get(userId)?.roomId;
  }

  async find(userId: string): Promise<NoticeRoom | undefined> {
    return this.rooms.get(userId);
  }

  async insertOrGet(room: NewNoticeRoom): Promise<NoticeRoom | undefined> {
    const isTaken = [...this.rooms.values()].some(({ roomId }) => roomId === room.roomId);
    if (!this.rooms.has(room.userId) && !isTaken) {
      this.rooms.set(room.userId, { ...room, isMade: false, look: {}, lookVersion: 0, limitEventId: undefined });
    }
    return this.rooms.get(room.userId);
  }

  async setMade(userId: string, roomId: string, look: JsonObject): Promise<void> {
    const room = this.rooms.get(userId);
    if (room?.roomId === roomId && !room.isMade) this.rooms.set(userId, { ...room, isMade: true, look });
  }

  async setLook(
    userId: string,
    { look, lookVersion }: { readonly look: JsonObject; readonly lookVersion: number },
  ): Promise<void> {
    const room = this.rooms.get(userId);
    if (room?.lookVersion === lookVersion) this.rooms.set(userId, { ...room, look, lookVersion: lookVersion + 1 });
  }

  async setLimitEvent(userId: string, limitEventId: string | undefined): Promise<void> {
    const room = this.rooms.get(userId);
    if (room !== undefined) this.rooms.set(userId, { ...room, limitEventId });
  }

  async forget(userId: string, roomId: string): Promise<void> {
    if (this.rooms.get(userId)?.roomId === roomId) this.rooms.delete(userId);
  }

  async listLimitedServers(): Promise<string[]> {
    const limited = [...this.rooms.values()].filter(({ limitEventId }) => limitEventId !== undefined);
    return [...new Set(limited.map(({ serverName }) => serverName))].toSorted();
  }

  async listLimited(
    serverName: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    return [...this.rooms.values()]
      .filter((room) => room.serverName === serverName && room.limitEventId !== undefined && room.userId > after)
      .map(({ userId }) => userId)
      .toSorted()
      .slice(0, limit);
  }
}
