import { CacheStoreError } from '@plexus/cache';
import type { NamedCache } from '@plexus/cache';
import type { RoomPlace } from '@plexus/room-view';
import { StorageError } from '@plexus/storage';
import type { RoomTransactor } from '@plexus/storage';

type Store = RoomTransactor['store'];

/**
 * Stores units of work; rooms that go with one are announced to the cache `rooms`, which has where rooms are. Other units cost nothing. That nobody can
 * be told is a failure of the infrastructure like any other: the work is done again.
 */
export function announceRemovals(store: Store, places: Pick<NamedCache<RoomPlace>, 'change'>): Store {
  return async (work) => {
    if (work.removedRooms.length === 0) return store(work);
    const gone = work.removedRooms.map(({ roomId }) => roomId);
    try {
      return await places.change(gone, () => store(work));
    } catch (error) {
      if (!(error instanceof CacheStoreError)) throw error;
      throw new StorageError('that a room goes could not be announced', { cause: error });
    }
  };
}
