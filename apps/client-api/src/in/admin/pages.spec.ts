import type { RowPlace } from '@plexus/storage';
import { expect, it } from 'vitest';
import { nextOffset, pageLimit, readPlace, readRows, refuseNul } from './pages.ts';

const ROWS: readonly RowPlace[] = [
  { shard: 0, nid: 5 },
  { shard: 0, nid: 9 },
  { shard: 3, nid: 1 },
];

function list(from: string | undefined, limit: number) {
  return readRows(
    { from, limit },
    {
      read: async ({ after, limit: most }) => {
        const at =
          after === undefined ? 0 : ROWS.findIndex(({ shard, nid }) => shard === after.shard && nid === after.nid) + 1;
        return ROWS.slice(at, at + most);
      },
      placeOf: (row) => row,
    },
  );
}

it('has a hundred on a page, unless others are asked for, and a thousand at most', () => {
  expect([pageLimit(), pageLimit(7), pageLimit(100_000)]).toEqual([100, 7, 1_000]);
});

it('leads on from page to page, until one is not full', async () => {
  expect(await list(undefined, 2)).toEqual({ rows: ROWS.slice(0, 2), next: '0-9' });
  expect(await list('0-9', 2)).toEqual({ rows: ROWS.slice(2) });
  expect(await list('0-9', 1)).toEqual({ rows: ROWS.slice(2), next: '3-1' });
  expect(await list('3-1', 1)).toEqual({ rows: [] });
});

it('refuses to begin where no page has ended', async () => {
  for (const from of ['', '1', '1-', '-1-2', '1-2-3', 'x', '100000-1', `1-${'9'.repeat(16)}`])
    await expect(list(from, 1)).rejects.toMatchObject({ errcode: 'M_INVALID_PARAM', httpStatus: 400 });
  expect(readPlace('12-34', 'no place')).toEqual({ shard: 12, nid: 34 });
});

it('knows where the next page of a counted list begins', () => {
  expect(nextOffset(10, ['a', 'b'], 13)).toBe(12);
  expect(nextOffset(10, ['a', 'b', 'c'], 13)).toBeUndefined();
  expect(nextOffset(20, [], 13)).toBeUndefined();
});

it('refuses a text that cannot be in Postgres', () => {
  expect(() => refuseNul('fine', undefined)).not.toThrow();
  expect(() => refuseNul('fine', 'a\0b')).toThrow('holds a NUL');
});
