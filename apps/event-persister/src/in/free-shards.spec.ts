import { beforeEach, describe, expect, it } from 'vitest';
import { FreeShards } from './free-shards.ts';

describe('FreeShards', () => {
  let owners: Map<number, string>;
  let outage: Error | undefined;
  let taken: number[][];
  let failures: unknown[];
  let shards: FreeShards;
  beforeEach(() => {
    [owners, outage, taken, failures] = [new Map(), undefined, [], []];
    shards = new FreeShards({
      roomShards: 4,
      clock: { delay: async () => undefined },
      rooms: {
        async listShardOwners() {
          if (outage !== undefined) throw outage;
          return owners;
        },
      },
      async take(free) {
        taken.push([...free]);
        for (const shard of free) owners.set(shard, 'here');
      },
      failed: (_, error) => failures.push(error),
    });
  });

  it('takes what nobody owns for two looks, once', async () => {
    owners.set(2, 'there');
    await shards.look();
    expect(taken).toEqual([]);
    await shards.look();
    expect(taken).toEqual([[0, 1, 3]]);
    await shards.look();
    expect(taken).toHaveLength(1);
  });

  it('leaves what is free for a moment to its successor', async () => {
    for (const shard of [0, 1, 2, 3]) owners.set(shard, 'there');
    for (const shard of [0, 1, 2, 3]) {
      owners.delete(shard);
      await shards.look();
      owners.set(shard, 'elsewhere');
    }
    await shards.look();
    expect(taken).toEqual([]);
  });

  it('goes on where the owners could not be read', async () => {
    await shards.look();
    outage = new Error('away');
    await shards.look();
    expect(failures).toEqual([outage]);
    outage = undefined;
    await shards.look();
    expect(taken).toEqual([[0, 1, 2, 3]]);
  });
});
