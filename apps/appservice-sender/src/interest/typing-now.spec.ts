import { expect, it } from 'vitest';
import { TypingNow } from './typing-now.ts';

it('tells who types in a room when that changes', () => {
  const typing = new TypingNow();
  expect(typing.set('!a', '@x', 10)).toEqual(['@x']);
  expect(typing.set('!a', '@x', 20)).toBeUndefined();
  expect(typing.set('!a', '@y', 12)).toEqual(['@x', '@y']);
  expect(typing.set('!a', '@z', undefined)).toBeUndefined();
  expect(typing.expire(15)).toEqual(new Map([['!a', ['@x']]]));
  expect(typing.expire(15)).toEqual(new Map());
  expect(typing.set('!a', '@x', undefined)).toEqual([]);
  typing.set('!b', '@x', 30);
  typing.clear();
  expect(typing.expire(40)).toEqual(new Map());
});
