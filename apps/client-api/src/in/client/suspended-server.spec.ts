import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { ClientApiServer } from '../../../test-support/client-api-server.ts';

const V3 = '/_matrix/client/v3';
const ROOM = `${V3}/rooms/!r:one.example`;

let server: ClientApiServer;
let token: string;

beforeAll(async () => {
  server = await startClientApi();
  token = await server.register('alice');
  await server.ports.servers.changeServer('one.example', { status: 'suspended' });
});
afterAll(() => server.stop());

/** Every endpoint that is for a user, with a body that would do. */
it.each<[string, string, object?]>([
  ['GET', `${V3}/account/whoami`],
  ['GET', `${V3}/capabilities`],
  ['GET', `${V3}/pushrules/`],
  ['GET', `${V3}/joined_rooms`],
  ['POST', `${V3}/logout`],
  ['POST', `${V3}/logout/all`],
  ['POST', `${V3}/createRoom`, {}],
  ['POST', `${V3}/join/!r:one.example`, {}],
  ['POST', `${V3}/user/@alice:one.example/filter`, {}],
  ['GET', `${V3}/user/@alice:one.example/filter/1`],
  ['PUT', `${ROOM}/send/m.room.message/1`, {}],
  ['PUT', `${ROOM}/redact/$e/1`, {}],
  ['PUT', `${ROOM}/state/m.room.name/`, {}],
  ['GET', `${ROOM}/state`],
  ['GET', `${ROOM}/state/m.room.name/`],
  ['GET', `${ROOM}/event/$e`],
  ['GET', `${ROOM}/messages?dir=b`],
  ['GET', `${ROOM}/members`],
  ['GET', `${ROOM}/joined_members`],
  ['POST', `${ROOM}/join`, {}],
  ['POST', `${ROOM}/leave`, {}],
  ['POST', `${ROOM}/forget`, {}],
  ['POST', `${ROOM}/invite`, { user_id: '@bob:one.example' }],
  ['POST', `${ROOM}/kick`, { user_id: '@bob:one.example' }],
  ['POST', `${ROOM}/ban`, { user_id: '@bob:one.example' }],
  ['POST', `${ROOM}/unban`, { user_id: '@bob:one.example' }],
  ['GET', '/_plexus/admin/v1/servers'],
])('%s %s is refused to users of a suspended server', async (method, path, body) => {
  const answer = await server.call(method, path, { token, ...(body !== undefined && { body }) });
  expect([answer.status, answer.body['errcode']]).toEqual([403, 'M_FORBIDDEN']);
});

it.each<[string, string, object?]>([
  ['POST', `${V3}/register`, { username: 'bob', auth: { type: 'm.login.dummy' } }],
  ['GET', `${V3}/register/available?username=bob`],
  ['POST', `${V3}/login`, { type: 'm.login.password', user: 'alice', password: 'password' }],
  ['GET', '/.well-known/matrix/client'],
  ['GET', '/.well-known/matrix/server'],
])('%s %s is refused to those who are nobody yet', async (method, path, body) => {
  const answer = await server.call(method, path, { host: 'one.example', ...(body !== undefined && { body }) });
  expect([answer.status, answer.body['errcode']]).toEqual([403, 'M_FORBIDDEN']);
});
