import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { OriginSlots } from './origin-slots.ts';

async function* pieces(): AsyncGenerator<string> {
  yield 'a';
  yield 'b';
}

it('lets one server have so much under way, whatever others have, and more when that is done', async () => {
  const slots = new OriginSlots({ most: 1, mostWaiting: 0 });
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

it('lets further requests wait for their turn, in order, up to a bound', async () => {
  const slots = new OriginSlots({ most: 1, mostWaiting: 2 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const done: string[] = [];
  const first = slots.run('b.example', () => promise);
  const waiting = ['second', 'third'].map((name) => slots.run('b.example', async () => done.push(name)));
  await expect(slots.run('b.example', async () => 'fourth')).rejects.toMatchObject({ httpStatus: 429 });
  expect(done).toEqual([]);
  resolve();
  await Promise.all([first, ...waiting]);
  expect(done).toEqual(['second', 'third']);
  expect(await slots.run('b.example', async () => 'free')).toBe('free');
});

it('lets no more bytes wait than it may, and others again when those have begun', async () => {
  const slots = new OriginSlots({ most: 1, mostWaiting: 9, mostWaitingBytes: 10 });
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const first = slots.run('b.example', () => gates[0].promise, 100);
  const second = slots.run('b.example', () => gates[1].promise, 10);
  await expect(slots.run('b.example', async () => 'third', 1)).rejects.toMatchObject({ httpStatus: 429 });
  gates[0].resolve();
  await first;
  const fourth = slots.run('b.example', async () => 'fourth', 10);
  gates[1].resolve();
  await second;
  expect(await fourth).toBe('fourth');
});

it('gives a place back where the work fails, ends, or is given up half-way', async () => {
  const slots = new OriginSlots({ most: 1, mostWaiting: 0 });
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

it('gives a place back where nobody wants the first piece any more', async () => {
  const slots = new OriginSlots({ most: 1, mostWaiting: 0 });
  const unwanted = Readable.from(await slots.stream('b.example', async () => pieces()));
  await new Promise((resolve) => unwanted.on('close', resolve).destroy());
  expect(await slots.run('b.example', async () => 'free')).toBe('free');
  const failed = await slots.stream('b.example', async () => failing());
  await failed.next();
  await expect(failed.next()).rejects.toThrow('half-way');
  expect(await slots.run('b.example', async () => 'free')).toBe('free');
});

async function* failing(): AsyncGenerator<string> {
  yield 'a';
  throw new Error('half-way');
}
