import { beforeAll, describe, expect, it } from 'vitest';
import { listFederationRoutes } from '../bad-input/routes.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified } from '../support/specified-http.ts';

/** Endpoints for everybody. */
const OPEN = [
  '/_matrix/federation/v1/version',
  '/_matrix/federation/v1/openid/userinfo',
  '/_matrix/federation/v1/3pid/onbind',
  '/_matrix/key/',
];

let http: SpecifiedHttp;
beforeAll(async () => {
  http = await specified();
});

describe('a request of another server', () => {
  const guarded = listFederationRoutes().filter(({ pattern }) => !OPEN.some((open) => pattern.startsWith(open)));

  it.each(guarded)('has to be signed: $method $pattern', async ({ method, pattern }) => {
    const path = pattern.replaceAll(/:\w+/g, 'x');
    expectError(await http.call(method, path), 401, 'M_UNAUTHORIZED');
    const headers = { authorization: 'X-Matrix nonsense' };
    expectError(await http.call(method, path, { headers }), 400, 'M_UNAUTHORIZED');
  });
});

it('GET /version tells what runs here', async () => {
  const { status, body } = await http.call('GET', '/_matrix/federation/v1/version');
  expect([status, body]).toEqual([200, { server: { name: 'Plexus', version: expect.any(String) } }]);
});
