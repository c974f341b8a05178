import { getHeapSpaceStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { giveBackMemory } from './give-back-memory.ts';

it('shrinks a young generation that has grown', () => {
  const kept = Array.from({ length: 200_000 }, (_, index) => ({ index, text: `entry ${index}` }));
  const grown = youngGeneration();
  expect(kept.length).toBe(200_000);

  giveBackMemory();

  expect(youngGeneration()).toBeLessThan(grown);
});

function youngGeneration(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}
