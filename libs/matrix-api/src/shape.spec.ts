import { MatrixError } from '@plexus/matrix-base';
import { assert, jsonValue, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRoomRequest } from './client/create-room.ts';
import { filterDefinition } from './client/filter.ts';
import { loginRequest } from './client/login.ts';
import { targetedRequest } from './client/membership.ts';
import { registerRequest } from './client/register.ts';
import type { Shape } from './shape.ts';
import { readBody } from './validation/read-body.ts';

function errcodeOf(shape: Shape<unknown>, body: unknown): string {
  try {
    readBody(shape, body);
  } catch (error) {
    if (error instanceof MatrixError) return error.errcode;
    throw error;
  }
  return 'ok';
}

describe('the shapes of requests', () => {
  it('keep unknown keys', () => {
    const body = { username: 'alice', 'org.example.extra': 1 };
    expect(readBody(registerRequest, body)).toBe(body);
  });

  it.each<[string, Shape<unknown>, unknown, string]>([
    ['a missing key', targetedRequest, {}, 'M_MISSING_PARAM'],
    ['a missing login type', loginRequest, { user: 'alice' }, 'M_MISSING_PARAM'],
    ['a number for a string', registerRequest, { username: 5 }, 'M_BAD_JSON'],
    ['null for a string', registerRequest, { username: null }, 'M_BAD_JSON'],
    ['an array for the body', registerRequest, [], 'M_BAD_JSON'],
    ['no body', registerRequest, undefined, 'M_NOT_JSON'],
    ['a value outside of an enumeration', createRoomRequest, { preset: 'secret_chat' }, 'M_BAD_JSON'],
    ['a user id without its sigil', createRoomRequest, { invite: ['alice'] }, 'M_BAD_JSON'],
    ['an object for a list', createRoomRequest, { invite: {} }, 'M_BAD_JSON'],
    ['a state event without content', createRoomRequest, { initial_state: [{ type: 'm.x' }] }, 'M_MISSING_PARAM'],
    ['a fraction for an integer', filterDefinition, { room: { timeline: { limit: 1.5 } } }, 'M_BAD_JSON'],
    ['a negative limit', filterDefinition, { room: { timeline: { limit: -1 } } }, 'M_BAD_JSON'],
  ])('answer %s', (_what, shape, body, errcode) => {
    expect(errcodeOf(shape, body)).toBe(errcode);
  });

  it('throw nothing but errors of the specification, whatever JSON they are given', () => {
    const everyRequest = [createRoomRequest, filterDefinition, loginRequest, registerRequest, targetedRequest];
    assert(
      property(jsonValue(), (value) => {
        for (const shape of everyRequest) expect(errcodeOf(shape, value)).toMatch(/^(ok|M_)/);
      }),
    );
  });
});
