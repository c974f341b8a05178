import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { DearestRooms } from './dearest-rooms.ts';
import type { ResolutionCost } from './pdus/state-resolver.ts';

it('adds what the dearest room of each round took, of a thread and of Postgres', async () => {
  let now = 0;
  const registry = new Registry();
  const rooms = new DearestRooms(registry, () => now);
  const shown = async (): Promise<number[]> => {
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('synapse_state_res_'));
    return lines.map((line) => Number(line.split(' ').at(-1)));
  };
  expect(await shown()).toEqual([0, 0]);
  rooms.add(costOf('!dear:a', 300, 10));
  rooms.add(costOf('!slow:a', 400, 5_000));
  rooms.add(costOf('!dear:a', 200, 10));
  now = 119_999;
  expect(await shown()).toEqual([0, 0]);
  now = 120_000;
  expect(await shown()).toEqual([0.5, 5]);
  rooms.add(costOf('!dear:a', 100, 0));
  now = 240_000;
  rooms.add(costOf('!slow:a', 700, 0));
  expect(await shown()).toEqual([0.6, 5]);
});

function costOf(roomId: string, threadMs: number, readMs: number): ResolutionCost {
  return { roomId, states: 2, threadMs, readMs };
}
