import { expect, it } from 'vitest';
import { StorageError } from './storage-error.ts';
import { WantedShards } from './wanted-shards.ts';

it('takes what is wanted over, one look at a time, until storage takes it', async () => {
  const looks: number[][] = [];
  const failures: string[] = [];
  const wanted = new WantedShards({
    clock: { delay: async () => {} },
    takeOver: async (shards) => {
      looks.push([...shards]);
      if (looks.length === 1) throw new StorageError('away');
    },
    failed: ({ message }) => failures.push(message),
  });
  await Promise.all([wanted.take([1]), wanted.take([2])]);
  expect(looks).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
  expect(failures).toEqual(['away']);
});

it('tries nothing any longer that is wanted no more', async () => {
  const looks: number[][] = [];
  const failed = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const wanted = new WantedShards({
    clock: { delay: () => goOn.promise },
    takeOver: async (shards) => {
      looks.push([...shards]);
      if (looks.length === 1) throw new StorageError('away');
    },
    failed: () => failed.resolve(),
  });
  const taken = wanted.take([1, 2]);
  await failed.promise;
  const left = wanted.leave([1]);
  goOn.resolve();
  await Promise.all([taken, left]);
  expect(looks).toEqual([[1, 2], [2]]);
});

it('ends with its owner', async () => {
  const wanted = new WantedShards({
    clock: { delay: async () => wanted.stop() },
    takeOver: () => Promise.reject(new StorageError('away')),
    failed: () => {},
  });
  await expect(wanted.take([1])).resolves.toBeUndefined();
});
