import type { GenerationStart } from '@plexus/storage';
import { describe, expect, it, vi } from 'vitest';
import { LostRows } from './lost-rows.ts';

describe('LostRows', () => {
  const starts = [
    { generation: 5, shard: 0, position: 10 },
    { generation: 5, shard: 1, position: 30 },
    { generation: 9, shard: 0, position: 20 },
    { generation: 9, shard: 1, position: 30 },
  ];

  it('has what lies beyond the beginning of a later generation, whatever came after that', async () => {
    const lost = new LostRows({ readGeneration: async () => 9, readGenerationStarts: async () => starts });
    await lost.load([1]);
    expect(lost.has({ roomShard: 0, generation: 1, position: 10 })).toBe(false);
    expect(lost.has({ roomShard: 0, generation: 1, position: 11 })).toBe(true);
    expect(lost.has({ roomShard: 1, generation: 1, position: 30 })).toBe(false);
    expect(lost.has({ roomShard: 0, generation: 5, position: 15 })).toBe(false);
    expect(lost.has({ roomShard: 0, generation: 5, position: 21 })).toBe(true);
    expect(lost.has({ roomShard: 0, generation: 9, position: 99 })).toBe(false);
  });

  it('reads once per generation, and again when it is told to forget', async () => {
    let generation = 5;
    const readGenerationStarts = vi.fn<() => Promise<GenerationStart[]>>(async () =>
      starts.filter((start) => start.generation <= generation),
    );
    const lost = new LostRows({ readGeneration: async () => generation, readGenerationStarts });
    await lost.load([1]);
    await lost.load([1, 5]);
    expect(lost.has({ roomShard: 0, generation: 5, position: 21 })).toBe(false);
    generation = 9;
    lost.forget();
    await lost.load([5]);
    expect(lost.has({ roomShard: 0, generation: 5, position: 21 })).toBe(true);
    expect(readGenerationStarts).toHaveBeenCalledTimes(2);
  });
});
