import { expect, it } from 'vitest';
import { PartitionTurns } from './partition-turns.ts';

it('lets one at a time work in a partition, and others beside it', async () => {
  const turns = new PartitionTurns();
  const gate = Promise.withResolvers<void>();
  const done: string[] = [];
  const first = turns.take(0, async () => {
    await gate.promise;
    done.push('first');
  });
  const second = turns.take(0, async () => void done.push('second'));
  await turns.take(1, async () => void done.push('elsewhere'));
  expect(done).toEqual(['elsewhere']);
  gate.resolve();
  await Promise.all([first, second]);
  expect(done).toEqual(['elsewhere', 'first', 'second']);
});

it('goes on after a failure, which its caller gets', async () => {
  const turns = new PartitionTurns();
  const failing = turns.take(0, () => Promise.reject(new Error('away')));
  const next = turns.take(0, async () => 'next');
  await expect(failing).rejects.toThrow('away');
  expect(await next).toBe('next');
});
