import { expect, it } from 'vitest';
import { PLANTED_PASSWORD, secretsIn } from './search-for-secrets.ts';

it('finds tokens and passwords, wherever they are', () => {
  const token = `plx_${'a'.repeat(43)}`;
  const written = `{"path":"/x?access_token=${token}"} Bearer as-irc-7-1-secret, hs-irc-secret; ${PLANTED_PASSWORD} plx_short`;
  expect(secretsIn('a log', written)).toHaveLength(4);
  expect(secretsIn('a log', '?access_token=<redacted>')).toEqual([]);
});
