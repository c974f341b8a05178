import { describe, expect, it } from 'vitest';
import { decodeDirectoryToken, directoryBatchesAround } from './directory-token.ts';

const [MOST, MORE, FEW] = [
  { joinedCount: 900, roomId: '!most:one.example' },
  { joinedCount: 30, roomId: '!more:one.example' },
  { joinedCount: 2, roomId: '!few:one.example' },
];

/** Where the pages beside a page of three rooms begin. */
function beside(direction: 'forwards' | 'backwards' | undefined, hasMore: boolean): (object | undefined)[] {
  const start = direction && { direction, from: MORE };
  const { next_batch: next, prev_batch: previous } = directoryBatchesAround([MOST, MORE, FEW], start, hasMore);
  return [next, previous].map((token) => (token === undefined ? undefined : decodeDirectoryToken(token)));
}

const NEXT = { direction: 'forwards', from: FEW };
const PREVIOUS = { direction: 'backwards', from: MOST };

describe('the pages beside a page of a room directory', () => {
  it.each([
    ['the first page, which is all', undefined, false, [undefined, undefined]],
    ['the first page of several', undefined, true, [NEXT, undefined]],
    ['a page in the middle, read on', 'forwards', true, [NEXT, PREVIOUS]],
    ['the last page', 'forwards', false, [undefined, PREVIOUS]],
    ['a page in the middle, read back', 'backwards', true, [NEXT, PREVIOUS]],
    ['the first page, read back', 'backwards', false, [NEXT, undefined]],
  ] as const)('are those of %s', (_what, direction, hasMore, expected) => {
    expect(beside(direction, hasMore)).toEqual(expected);
  });

  it('are none where there is no room', () => {
    expect(directoryBatchesAround([], undefined, false)).toEqual({});
  });
});

it.each(['', 'n5', 'x5_IW1vcmU6b25lLmV4YW1wbGU', 'n5_bm8gcm9vbQ'])('"%s" is no place in a directory', (token) => {
  expect(() => decodeDirectoryToken(token)).toThrow('Unknown "since" token');
});
