import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { RoomExtremities } from './room-extremities.ts';

it('tells how many rooms of owned shards have how many forward extremities, as they were last counted', async () => {
  const registry = new Registry();
  const extremities = new RoomExtremities();
  const owned = new Set([1, 2]);
  extremities.report(registry, (shard) => owned.has(shard));
  extremities.counted(1, new Map([[1, 1_000]]));
  extremities.counted(
    1,
    new Map([
      [1, 10],
      [4, 2],
      [900, 1],
    ]),
  );
  extremities.counted(2, new Map([[1, 5]]));
  extremities.counted(3, new Map([[1, 100]]));
  const valueOf = async (series: string): Promise<number> => {
    const line = (await registry.metrics()).split('\n').find((one) => one.startsWith(`${series} `));
    return Number(line?.split(' ').at(-1));
  };
  const bucket = (le: string): Promise<number> => valueOf(`synapse_forward_extremities_bucket{le="${le}"}`);
  expect([await bucket('1'), await bucket('3'), await bucket('5'), await bucket('500')]).toEqual([15, 15, 17, 17]);
  expect(await bucket('+Inf')).toBe(18);
  expect(await valueOf('synapse_forward_extremities_gcount')).toBe(18);
  expect(await valueOf('synapse_forward_extremities_gsum')).toBe(15 + 8 + 900);
  owned.delete(1);
  expect(await bucket('+Inf')).toBe(5);
});
