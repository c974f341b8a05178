import { ExactNumber } from '@plexus/matrix-base';
import { expect, it } from 'vitest';
import { encodeBody, targetOf } from './encode-request.ts';

it('repeats a parameter for each of its values and encodes both sides', () => {
  const target = targetOf({ path: '/_matrix/x', query: { ver: ['1', '12'], 'a&b': 'c d', none: [] } });
  expect(target).toBe('/_matrix/x?ver=1&ver=12&a%26b=c%20d');
});

it('leaves a path without parameters as it is', () => {
  expect(targetOf({ path: '/_matrix/x' })).toBe('/_matrix/x');
});

it('encodes a body as canonical JSON and sends bytes as they are', () => {
  const body = { b: 1, a: new ExactNumber('1.50') };
  expect(Buffer.from(encodeBody(body)).toString()).toBe('{"a":1.50,"b":1}');
  const bytes = Buffer.from('{}');
  expect(encodeBody(bytes)).toBe(bytes);
});
