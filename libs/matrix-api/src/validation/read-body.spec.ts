import { MatrixError } from '@plexus/matrix-base';
import { expect, it } from 'vitest';
import { integer, object, optional, text } from '../schema.ts';
import { Shape } from '../shape.ts';
import { readBody } from './read-body.ts';

const invite = new Shape(object({ user_id: text(), limit: optional(integer({ minimum: 1 })) }));

function errorOf(body: unknown): { errcode: string; status: number } {
  try {
    readBody(invite, body);
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
    return { errcode: error.errcode, status: error.httpStatus };
  }
  throw new Error('accepted');
}

it('returns the very body, unknown members included', () => {
  const body = { user_id: '@a:b', 'org.example.extra': [1] };
  expect(readBody(invite, body)).toBe(body);
});

it.each([
  [undefined, 'M_NOT_JSON'],
  [[], 'M_BAD_JSON'],
  ['text', 'M_BAD_JSON'],
  [null, 'M_BAD_JSON'],
  [{}, 'M_MISSING_PARAM'],
  [{ user_id: 1 }, 'M_BAD_JSON'],
  [{ user_id: '@a:b', limit: 1.5 }, 'M_BAD_JSON'],
  [{ user_id: '@a:b', limit: 0 }, 'M_BAD_JSON'],
])('answers %j with %s', (body, errcode) => {
  expect(errorOf(body)).toEqual({ errcode, status: 400 });
});

it('does not take inherited members for given ones', () => {
  expect(errorOf(JSON.parse('{"__proto__": {"user_id": "@a:b"}}')).errcode).toBe('M_MISSING_PARAM');
  expect(errorOf(Object.create({ user_id: '@a:b' })).errcode).toBe('M_MISSING_PARAM');
});

it('reads no body as an empty object where the endpoint says so', () => {
  const logout = new Shape(object({}));
  expect(readBody(logout, undefined, { emptyBody: 'object' })).toEqual({});
  expect(() => readBody(logout, [], { emptyBody: 'object' })).toThrow('JSON object');
});
