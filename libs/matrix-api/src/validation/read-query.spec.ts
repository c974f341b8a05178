import { MatrixError } from '@plexus/matrix-base';
import { expect, it } from 'vitest';
import { flag, integer, list, object, optional, text } from '../schema.ts';
import { Shape } from '../shape.ts';
import { readQuery } from './read-query.ts';

const page = new Shape(
  object({
    from: text(),
    limit: optional(integer({ minimum: 1 })),
    full: optional(flag()),
    via: optional(list(text())),
  }),
);

function errcodeOf(query: unknown): string {
  try {
    readQuery(page, query);
  } catch (error) {
    if (error instanceof MatrixError) return error.errcode;
    throw error;
  }
  return 'ok';
}

it('reads integers, booleans and repeated parameters, and leaves unknown ones out', () => {
  const query = { from: '5', limit: '10', full: 'true', via: 'a', access_token: 'x' };
  expect(readQuery(page, query)).toEqual({ from: '5', limit: 10, full: true, via: ['a'] });
  expect(readQuery(page, { from: '', via: ['a', 'b'] })).toEqual({ from: '', via: ['a', 'b'] });
});

it.each([
  [undefined, 'M_MISSING_PARAM'],
  [{}, 'M_MISSING_PARAM'],
  [{ from: 'a', limit: '1.5' }, 'M_INVALID_PARAM'],
  [{ from: 'a', limit: '0x10' }, 'M_INVALID_PARAM'],
  [{ from: 'a', limit: '1e1' }, 'M_INVALID_PARAM'],
  [{ from: 'a', limit: '' }, 'M_INVALID_PARAM'],
  [{ from: 'a', limit: '0' }, 'M_INVALID_PARAM'],
  [{ from: 'a', limit: '99999999999999999999' }, 'M_INVALID_PARAM'],
  [{ from: 'a', full: 'yes' }, 'M_INVALID_PARAM'],
  [{ from: ['a', 'b'] }, 'M_INVALID_PARAM'],
])('answers %j with %s', (query, errcode) => {
  expect(errcodeOf(query)).toBe(errcode);
});
