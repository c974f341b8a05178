import { searchWordsOf, serverNameOf } from '@plexus/matrix-base';
import type {
  DirectoryPlace,
  DirectoryQuery,
  ForgottenRoomRepository,
  PublishedRoomRepository,
  RoomAlias,
  RoomAliasRepository,
  RoomCreation,
  RoomCreationRepository,
  RoomSummary,
} from '@plexus/storage';

/** What accounts know of rooms, in memory: what they made, named, published and forgot. */
export class FakeRoomDirectory
  implements RoomCreationRepository, RoomAliasRepository, PublishedRoomRepository, ForgottenRoomRepository
{
  readonly published = new Set<string>();
  readonly instances = new Set<string>();
  /** What is known of rooms, by their ids. */
  readonly summaries = new Map<string, RoomSummary>();
  readonly #creations = new Map<string, RoomCreation>();
  readonly #aliases = new Map<string, RoomAlias>();
  readonly #forgotten = new Map<string, Map<string, number>>();

  async storeCreation(creation: RoomCreation): Promise<RoomCreation | undefined> {
    const first = this.#creations.get(creation.commandId);
    if (first !== undefined) return first;
    if ([...this.#creations.values()].some(({ roomId }) => roomId === creation.roomId)) return undefined;
    this.#creations.set(creation.commandId, creation);
    return creation;
  }

  async findAlias(roomAlias: string): Promise<RoomAlias | undefined> {
    return this.#aliases.get(roomAlias);
  }

  async addAlias(alias: Omit<RoomAlias, 'createdAt'>): Promise<boolean> {
    if (this.#aliases.has(alias.roomAlias)) return false;
    this.#aliases.set(alias.roomAlias, { ...alias, createdAt: 0 });
    return true;
  }

  async listAliases(roomId: string, serverName: string): Promise<string[]> {
    const ofRoom = [...this.#aliases.values()].filter((alias) => alias.roomId === roomId);
    return ofRoom
      .map(({ roomAlias }) => roomAlias)
      .filter((name) => serverNameOf(name) === serverName)
      .sort();
  }

  async moveAliases(fromRoomId: string, toRoomId: string, serverName: string): Promise<readonly string[]> {
    const moved = await this.listAliases(fromRoomId, serverName);
    for (const roomAlias of moved) {
      const alias = this.#aliases.get(roomAlias);
      if (alias !== undefined) this.#aliases.set(roomAlias, { ...alias, roomId: toRoomId });
    }
    return moved;
  }

  async removeAlias(roomAlias: string, roomId: string): Promise<boolean> {
    return this.#aliases.get(roomAlias)?.roomId === roomId && this.#aliases.delete(roomAlias);
  }

  async listServerAliases(serverName: string, limit: number): Promise<string[]> {
    return [...this.#aliases.keys()].filter((name) => serverNameOf(name) === serverName).slice(0, limit);
  }

  async removeAliases(roomAliases: readonly string[]): Promise<void> {
    for (const roomAlias of roomAliases) this.#aliases.delete(roomAlias);
  }

  async listInstances(serverName: string): Promise<string[]> {
    const own = [...this.instances].filter((instance) => instance.startsWith(`${serverName} `));
    return own.map((instance) => instance.slice(serverName.length + 1)).sort();
  }

  async addInstance(serverName: string, instanceId: string): Promise<void> {
    this.instances.add(`${serverName} ${instanceId}`);
  }

  async publishRoom(serverName: string, roomId: string): Promise<void> {
    this.published.add(`${serverName} ${roomId}`);
  }

  async unpublishRoom(serverName: string, roomId: string): Promise<void> {
    this.published.delete(`${serverName} ${roomId}`);
  }

  async isPublished(serverName: string, roomId: string): Promise<boolean> {
    return this.published.has(`${serverName} ${roomId}`);
  }

  async pagePublishedRooms(query: DirectoryQuery): Promise<RoomSummary[]> {
    const { serverName, words, roomTypes, from, direction, limit } = query;
    const published = [...this.summaries.values()].filter(({ roomId }) =>
      this.published.has(`${serverName} ${roomId}`),
    );
    const fitting = published.filter((room) => hasWords(room, words) && isOfType(room, roomTypes));
    const ordered = fitting.toSorted(compareRooms);
    if (direction === 'backwards') ordered.reverse();
    const isBeyond = (room: RoomSummary): boolean =>
      from === undefined || Math.sign(compareRooms(room, from)) === (direction === 'forwards' ? 1 : -1);
    return ordered.filter(isBeyond).slice(0, limit);
  }

  async countPublishedRooms(serverName: string, limit: number): Promise<number> {
    return Math.min(limit, [...this.published].filter((room) => room.startsWith(`${serverName} !`)).length);
  }

  async findForgottenRooms(userId: string): Promise<Map<string, number>> {
    return new Map(this.#forgotten.get(userId));
  }

  async findForgottenRoom(userId: string, roomId: string): Promise<number | undefined> {
    return this.#forgotten.get(userId)?.get(roomId);
  }

  async forgetRoom(userId: string, roomId: string, position: number): Promise<void> {
    const rooms = this.#forgotten.get(userId) ?? new Map<string, number>();
    this.#forgotten.set(userId, rooms);
    rooms.set(roomId, Math.max(position, rooms.get(roomId) ?? 0));
  }
}

/** Rooms with more members first. */
function compareRooms(a: DirectoryPlace, b: DirectoryPlace): number {
  return b.joinedCount - a.joinedCount || (a.roomId < b.roomId ? 1 : -1) * Number(a.roomId !== b.roomId);
}

function hasWords({ name = '', topic = '', canonicalAlias = '' }: RoomSummary, words: readonly string[]): boolean {
  const known = searchWordsOf(`${name} ${canonicalAlias} ${topic}`);
  return words.every((word) => known.some((other) => other.startsWith(word)));
}

function isOfType({ roomType }: RoomSummary, types: DirectoryQuery['roomTypes']): boolean {
  return types === undefined || types.includes(roomType ?? null);
}
