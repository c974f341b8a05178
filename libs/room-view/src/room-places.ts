import type { CacheCodec, NamedCache } from '@plexus/cache';
import type { RoomReader } from '@plexus/storage';
import type { RoomPlace } from './room-place.ts';

/**
 * Where rooms are stored and of which version they are, through the cache `rooms`, for whoever needs nothing else of them. Neither changes until the room
 * is removed, which its owner announces; that a room is not there is not remembered, so that one that comes is seen at once.
 */
export class RoomPlaces {
  readonly #rooms: Pick<RoomReader, 'findRoom'>;
  readonly #cache: NamedCache<RoomPlace>;

  constructor(rooms: Pick<RoomReader, 'findRoom'>, cache: NamedCache<RoomPlace>) {
    this.#rooms = rooms;
    this.#cache = cache;
  }

  find(roomId: string): Promise<RoomPlace | undefined> {
    return this.#cache.get(roomId, async () => {
      const room = await this.#rooms.findRoom(roomId);
      return room && { shard: room.shard, roomNid: room.roomNid, roomVersion: room.roomVersion };
    });
  }
}

export const roomPlaceCodec: CacheCodec<RoomPlace> = {
  encode: ({ shard, roomNid, roomVersion }) => Buffer.from(JSON.stringify([shard, roomNid, roomVersion])),
  decode: (bytes) => {
    const [shard, roomNid, roomVersion] = JSON.parse(Buffer.from(bytes).toString()) as [number, number, string];
    return { shard, roomNid, roomVersion };
  },
};
