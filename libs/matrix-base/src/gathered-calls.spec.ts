import { expect, it } from 'vitest';
import { GatheredCalls } from './gathered-calls.ts';

function double(): { calls: GatheredCalls<number, number>; asked: (readonly number[])[] } {
  const asked: (readonly number[])[] = [];
  const calls = new GatheredCalls<number, number>(async (numbers) => {
    asked.push(numbers);
    if (numbers.includes(13)) throw new Error('unlucky');
    return numbers.map((number) => 2 * number);
  });
  return { calls, asked };
}

it('answers together what is asked for in one turn, also behind promises that are kept in it', async () => {
  const { calls, asked } = double();
  const later = Promise.resolve().then(() => calls.ask(3));
  expect(await Promise.all([calls.ask(1), calls.ask(2), later])).toEqual([2, 4, 6]);
  expect(await calls.ask(4)).toBe(8);
  expect(asked).toEqual([[1, 2, 3], [4]]);
});

it('answers very many in pieces', async () => {
  const { calls, asked } = double();
  const numbers = Array.from({ length: 250 }, (_, index) => index + 100);
  expect(await Promise.all(numbers.map((number) => calls.ask(number)))).toEqual(numbers.map((number) => 2 * number));
  expect(asked.map(({ length }) => length)).toEqual([100, 100, 50]);
});

it('gives nobody the failure of another', async () => {
  const { calls, asked } = double();
  const answers = await Promise.allSettled([calls.ask(1), calls.ask(13), calls.ask(2)]);
  expect(answers).toMatchObject([{ value: 2 }, { reason: new Error('unlucky') }, { value: 4 }]);
  expect(asked).toEqual([[1, 13, 2], [1], [13], [2]]);
});
