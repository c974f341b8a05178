import type {
  RemoteDeviceList,
  RemoteDeviceListRepository,
  RemoteDeviceListWriter,
  RemoteDeviceUpdate,
  StoredRemoteDeviceList,
} from '@plexus/storage';

const MOST_UPDATES = 20;

/** Device lists of other servers' users in memory. */
export class FakeRemoteDeviceLists implements RemoteDeviceListRepository, RemoteDeviceListWriter {
  readonly #lists = new Map<string, RemoteDeviceList | undefined>();
  readonly #updates = new Map<string, RemoteDeviceUpdate[]>();
  readonly #changes = new Map<string, number>();
  #position = 0;

  async track(userIds: readonly string[]): Promise<Map<string, number>> {
    for (const userId of userIds) if (!this.#lists.has(userId)) this.#lists.set(userId, undefined);
    return new Map(userIds.map((userId) => [userId, this.#changes.get(userId) ?? 0]));
  }

  async findLists(userIds: readonly string[]): Promise<StoredRemoteDeviceList[]> {
    return userIds.flatMap((userId) => {
      const list = this.#lists.get(userId);
      if (list === undefined) return [];
      const all = this.#updates.get(userId) ?? [];
      const updates = all.filter(({ position }) => position > list.includesUpTo);
      return [{ ...list, lastChange: this.#changes.get(userId) ?? 0, updates }];
    });
  }

  async storeLists(lists: readonly RemoteDeviceList[]): Promise<void> {
    for (const list of lists) {
      if (!this.#lists.has(list.userId)) continue;
      const before = this.#lists.get(list.userId);
      if ((before?.includesUpTo ?? 0) <= list.includesUpTo) this.#lists.set(list.userId, list);
    }
  }

  async recordChange(userId: string, update: { readonly content: string; readonly gap: string }): Promise<boolean> {
    if (!this.#lists.has(userId)) return false;
    const before = this.#updates.get(userId) ?? [];
    const isFull = before.length >= MOST_UPDATES;
    this.#position += 1;
    this.#changes.set(userId, this.#position);
    const next = { position: this.#position, content: isFull ? update.gap : update.content };
    this.#updates.set(userId, isFull ? [next] : [...before, next]);
    return true;
  }
}
