import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

it('lets one at a time work for a key, and others beside it', async () => {
  const turns = new Turns<number>();
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
  const turns = new Turns<number>();
  const failing = turns.take(0, () => Promise.reject(new Error('away')));
  const next = turns.take(0, async () => 'next');
  await expect(failing).rejects.toThrow('away');
  expect(await next).toBe('next');
});

it('knows whether somebody is at it or waits, and forgets who has done', async () => {
  const turns = new Turns<string>();
  const gate = Promise.withResolvers<void>();
  const first = turns.take('room', () => gate.promise);
  const second = turns.take('room', () => Promise.reject(new Error('away')));
  expect([turns.has('room'), turns.has('other')]).toEqual([true, false]);
  gate.resolve();
  await first;
  expect(turns.has('room')).toBe(true);
  await expect(second).rejects.toThrow('away');
  expect(turns.has('room')).toBe(false);
});
