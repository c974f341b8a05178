import type { ChangedUsersQuery, DeviceListChange, DeviceListReader, UserRoomReader } from '@plexus/storage';

/** Changes of device lists in memory. */
export class FakeDeviceLists implements DeviceListReader {
  readonly #userRooms: Pick<UserRoomReader, 'findUserRoom'>;
  #changes: DeviceListChange[] = [];
  #position = 0;
  /** How often somebody asked for more than what came last. */
  asked = 0;

  constructor(userRooms: Pick<UserRoomReader, 'findUserRoom'>) {
    this.#userRooms = userRooms;
  }

  change(userId: string, seenBy?: string): void {
    this.#position += 1;
    const rest = this.#changes.filter((change) => change.userId !== userId || change.seenBy !== seenBy);
    this.#changes = [...rest, { userId, seenBy, position: this.#position }];
  }

  async readDeviceListPosition(): Promise<number> {
    return this.#position;
  }

  async readDeviceListChanges(after: number, limit: number): Promise<DeviceListChange[]> {
    return this.#changes.filter(({ position }) => position > after).slice(0, limit);
  }

  async findChangedUsers({ viewer, roomIds, after }: ChangedUsersQuery): Promise<string[]> {
    this.asked += 1;
    const changes = await this.readDeviceListChanges(after, Infinity);
    const isVisible = await Promise.all(changes.map((change) => this.#isVisible(change, viewer, roomIds)));
    return [...new Set(changes.filter((_change, index) => isVisible[index]).map(({ userId }) => userId))];
  }

  async #isVisible({ userId, seenBy }: DeviceListChange, viewer: string, roomIds: readonly string[]): Promise<boolean> {
    if (seenBy !== undefined) return seenBy === viewer;
    if (userId === viewer) return true;
    const rooms = await Promise.all(roomIds.map((roomId) => this.#userRooms.findUserRoom(userId, roomId)));
    return rooms.some((room) => room?.membership === 'join');
  }
}
