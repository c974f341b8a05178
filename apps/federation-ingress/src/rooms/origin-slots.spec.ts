import { expect, it } from 'vitest';
import { OriginSlots } from './origin-slots.ts';

async function* pieces(): AsyncGenerator<string> {
  yield 'a';
  yield 'b';
}

it('lets one server have so much under way, whatever others have, and more when that is done', async () => {
  const slots = new OriginSlots(1);
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = slots.run('b.example', () => promise);
  await expect(slots.run('b.example', async () => 'second')).rejects.toMatchObject({
    errcode: 'M_LIMIT_EXCEEDED',
    httpStatus: 429,
  });
  expect(await slots.run('c.example', async () => 'other')).toBe('other');
  resolve('first');
  expect(await first).toBe('first');
  expect(await slots.run('b.example', async () => 'third')).toBe('third');
});

it('gives a place back where the work fails, ends, or is given up half-way', async () => {
  const slots = new OriginSlots(1);
  await expect(slots.run('b.example', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  await expect(slots.stream('b.example', () => Promise.reject(new Error('y')))).rejects.toThrow('y');
  for await (const piece of await slots.stream('b.example', async () => pieces())) if (piece === 'a') break;
  const all = await slots.stream('b.example', async () => pieces());
  await expect(slots.stream('b.example', async () => pieces())).rejects.toMatchObject({ httpStatus: 429 });
  const taken: string[] = [];
  for await (const piece of all) taken.push(piece);
  expect(taken).toEqual(['a', 'b']);
  expect(await slots.run('b.example', async () => 'free')).toBe('free');
});
