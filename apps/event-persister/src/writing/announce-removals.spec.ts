import { CacheStoreError } from '@plexus/cache';
import { StorageError } from '@plexus/storage';
import type { RoomWork } from '@plexus/storage';
import { expect, it } from 'vitest';
import { announceRemovals } from './announce-removals.ts';
import { UnitOfWork } from './unit-of-work.ts';

const removed = { shard: 0, roomNid: 1, roomId: '!gone:one.example', removedFor: '' };

it('announces rooms that go around the commit, and nothing else', async () => {
  const steps: string[] = [];
  const store = announceRemovals(
    async () => {
      steps.push('stored');
      return { outcome: 'repeated' };
    },
    {
      change: async (keys, commit) => {
        steps.push(`begin ${keys.join()}`);
        const result = await commit();
        steps.push('end');
        return result;
      },
    },
  );
  expect(await store(new UnitOfWork().toWork())).toEqual({ outcome: 'repeated' });
  expect(steps).toEqual(['stored']);
  await store(workWithout());
  expect(steps).toEqual(['stored', 'begin !gone:one.example', 'stored', 'end']);
});

it('fails as storage does where nobody can be told', async () => {
  const store = announceRemovals(async () => ({ outcome: 'repeated' }), {
    change: async () => {
      throw new CacheStoreError('away');
    },
  });
  await expect(store(workWithout())).rejects.toThrow(StorageError);
});

/** Work that removes a room. */
function workWithout(): RoomWork {
  return { ...new UnitOfWork().toWork(), removedRooms: [removed] };
}
