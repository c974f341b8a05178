import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { ClientApiServer } from '../../../test-support/client-api-server.ts';
import { fakePorts } from '../../../test-support/fake-ports.ts';

const V3 = '/_matrix/client/v3';

let server: ClientApiServer;
const asked: string[] = [];
const lookUps: string[] = [];

beforeAll(async () => {
  server = await startClientApi({
    ...fakePorts(),
    limiter: {
      use({ action, serverName, key }) {
        asked.push(`${action} ${serverName}`);
        if (action === 'look-up') lookUps.push(key);
        return action === 'room-creation' ? 1500 : 0;
      },
    },
  });
});
afterAll(() => server.stop());

it('answers what comes too soon with 429, and says when to come again in the body and in Retry-After', async () => {
  const token = await server.register('alice');
  const answer = await server.call('POST', `${V3}/createRoom`, { body: {}, token });
  expect([answer.status, answer.body]).toMatchObject([429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 1500 }]);
  expect(answer.headers['retry-after']).toBe('2');
});

it('counts by the hosted server whose limits count', () => {
  expect(asked).toEqual(expect.arrayContaining(['registration one.example', 'room-creation one.example']));
});

it.each([
  'v3/publicRooms',
  'v3/directory/list/room/!r:one.example',
  'v3/directory/room/%23r:far.example',
  'v3/profile/@a:far.example',
  'v1/room_summary/!r:far.example',
])('counts by address who looks at %s without saying who they are', async (path) => {
  const before = lookUps.length;
  await server.call('GET', `/_matrix/client/${path}`);
  expect(lookUps.slice(before)).toEqual(['127.0.0.1']);
});

it.each([
  ['POST', `${V3}/register`],
  ['GET', '/_synapse/admin/v1/register'],
])('counts by address who begins something with %s %s', async (method, path) => {
  const before = lookUps.length;
  await server.call(method, path);
  expect(lookUps.slice(before)).toEqual(['127.0.0.1']);
});
