import { beforeAll, describe, expect, it } from 'vitest';
import { MatrixHttp } from '../../support/matrix-client.ts';
import { listRoutes } from '../bad-input/routes.ts';
import { expectError } from '../support/expect-answer.ts';
import { sharedDeployment, specified, uniqueName } from '../support/specified-http.ts';

/** Endpoints for everybody. */
const PUBLIC = [
  '/versions',
  '/.well-known',
  '/register',
  '/login',
  '/refresh',
  '/auth/',
  '/static/',
  '/requestToken',
  '/submit_token',
  '/_matrix/consent',
];

/** What may be read by who does not say who they are. */
const OPEN = [
  'GET /_matrix/client/v1/room_summary/:roomIdOrAlias',
  'GET /_matrix/client/v3/directory/list/room/:roomId',
  'GET /_matrix/client/v3/directory/room/:roomAlias',
  'GET /_matrix/client/v3/profile/:userId',
  'GET /_matrix/client/v3/profile/:userId/:keyName',
  'GET /_matrix/client/v3/publicRooms',
  'GET /_synapse/admin/v1/server_version',
];

let http: MatrixHttp;
beforeAll(async () => {
  http = await specified();
});

describe('an access token', () => {
  const guarded = listRoutes()
    .filter(({ pattern }) => pattern.endsWith('/get_token') || !PUBLIC.some((part) => pattern.includes(part)))
    .filter(({ method, pattern }) => !OPEN.includes(`${method} ${pattern}`));

  it.each(guarded)('is needed: $method $pattern', async ({ method, pattern }) => {
    const path = pattern.replaceAll(/:\w+/g, 'x');
    expectError(await http.call(method, path), 401, 'M_MISSING_TOKEN');
    const unknown = await http.call(method, path, { accessToken: 'nonsense' });
    expectError(unknown, 401, 'M_UNKNOWN_TOKEN');
    expect(unknown.body['soft_logout'] ?? false).toBe(false);
  });

  it.each(OPEN)('is not needed: %s', async (route) => {
    const [method = '', pattern = ''] = route.split(' ');
    const reply = await new MatrixHttp(await sharedDeployment()).call(method, pattern.replaceAll(/:\w+/g, 'x'));
    expect([200, 400, 404]).toContain(reply.status);
  });

  it('may stand in the query', async () => {
    const alice = await http.register(uniqueName('alice'));
    const reply = await http.call('GET', `/_matrix/client/v3/account/whoami?access_token=${alice.session.accessToken}`);
    expect(reply.body['user_id']).toBe(alice.userId);
  });

  it.each(['Basic YTpi', 'Bearer', 'nonsense'])('is not %j', async (authorization) => {
    expectError(
      await http.call('GET', '/_matrix/client/v3/account/whoami', { headers: { authorization } }),
      401,
      'M_UNKNOWN_TOKEN',
    );
  });

  it('of no administrator does not open the admin API', async () => {
    const alice = await http.register(uniqueName('alice'));
    for (const { method, pattern } of guarded.filter((route) => route.pattern.startsWith('/_plexus')))
      expectError(await alice.call(method, pattern.replaceAll(/:\w+/g, 'x')), 403, 'M_FORBIDDEN');
  });
});
