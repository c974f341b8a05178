import type { CacheCodec, NamedCache } from '@plexus/cache';
import type { RoomAlias, RoomAliasRepository } from '@plexus/storage';

/**
 * Where aliases of hosted servers lead, through the cache `aliases`, for whoever asks often: it may be a second old. Who moves or removes one does so in
 * the cache's `change`; who makes one need not, since that an alias is not there is not remembered.
 */
export class StoredAliases {
  readonly #aliases: Pick<RoomAliasRepository, 'findAlias'>;
  readonly #cache: NamedCache<RoomAlias>;

  constructor(aliases: Pick<RoomAliasRepository, 'findAlias'>, cache: NamedCache<RoomAlias>) {
    this.#aliases = aliases;
    this.#cache = cache;
  }

  findAlias(roomAlias: string): Promise<RoomAlias | undefined> {
    return this.#cache.get(roomAlias, () => this.#aliases.findAlias(roomAlias));
  }
}

export const aliasCodec: CacheCodec<RoomAlias> = {
  encode: ({ roomAlias, roomId, creator, createdAt }) =>
    Buffer.from(JSON.stringify([roomAlias, roomId, creator, createdAt])),
  decode: (bytes) => {
    const [roomAlias, roomId, creator, createdAt] = JSON.parse(Buffer.from(bytes).toString()) as [
      string,
      string,
      string,
      number,
    ];
    return { roomAlias, roomId, creator, createdAt };
  },
};
