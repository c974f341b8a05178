import { encodeCanonicalJson, isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchangeOne } from '../../../libs/service-shell/test-support/raw-http.ts';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../../scripts/cluster/launch-embedded.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { MatrixHttp } from '../../support/matrix-client.ts';

const V3 = '/_matrix/client/v3';
const MIB = 1024 * 1024;

let deployment: Deployment;
let http: MatrixHttp;
let alice: MatrixClient;
let room: string;

beforeAll(async () => {
  deployment = await launchEmbedded();
  http = new MatrixHttp(deployment);
  alice = await http.register('alice');
  room = `${V3}/rooms/${encodeURIComponent(await alice.createRoom())}`;
});
afterAll(async () => {
  http.close();
  await deployment.dispose();
});

async function codeOf(method: string, path: string, body?: unknown): Promise<[number, unknown]> {
  const reply = await alice.call(method, path.replace('{room}', room), body);
  return [reply.status, reply.body['errcode']];
}

const SEND = '{room}/send/m.room.message/';
const text = (bytes: number): string => 'x'.repeat(bytes);

describe('a body', () => {
  it.each([
    ['that is no JSON', Buffer.from('{"body":'), 400, 'M_NOT_JSON'],
    ['that is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'M_NOT_JSON'],
    ['that is no object', Buffer.from('["body"]'), 400, 'M_BAD_JSON'],
    ['with half a surrogate pair', Buffer.from('{"body":"\\ud83d"}'), 400, 'M_BAD_JSON'],
    ['with a number that is no integer', Buffer.from('{"body":"x","n":1.5}'), 400, 'M_BAD_JSON'],
    ['with an integer spelled as a float', Buffer.from('{"body":"x","n":1.0}'), 400, 'M_BAD_JSON'],
    ['with an exponent', Buffer.from('{"body":"x","n":1e3}'), 400, 'M_BAD_JSON'],
    ['with a number beyond 2^53-1', Buffer.from('{"body":"x","n":9007199254740992}'), 400, 'M_BAD_JSON'],
    ['nested beyond reason', Buffer.from('{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000)), 400, 'M_BAD_JSON'],
    ['that makes an event of more than 64 KiB', { body: text(65_536) }, 413, 'M_TOO_LARGE'],
    ['larger than the listener takes', Buffer.alloc(51 * MIB, 0x20), 413, 'M_TOO_LARGE'],
  ])('%s', async (_title, body, status, errcode) => {
    expect(await codeOf('PUT', `${SEND}t`, body)).toEqual([status, errcode]);
  });

  it('is taken until the event has 65,536 bytes, and not with one byte more', async () => {
    let [taken, refused] = [60_000, 65_536];
    while (refused - taken > 1) {
      const middle = Math.floor((taken + refused) / 2);
      const [status] = await codeOf('PUT', `${SEND}of-${middle}`, { body: text(middle) });
      if (status === 200) taken = middle;
      else refused = middle;
    }
    expect(sizeOf(await readAsSent(text(taken)))).toBe(65_536);
    expect(await codeOf('PUT', `${SEND}over`, { body: text(refused) })).toEqual([413, 'M_TOO_LARGE']);
  });
});

/** An event as other servers get it. */
async function readAsSent(body: string): Promise<JsonObject> {
  const filter = encodeURIComponent(JSON.stringify({ event_format: 'federation', room: { timeline: { limit: 50 } } }));
  const { rooms } = (await alice.ask('GET', `${V3}/sync?filter=${filter}`)) as {
    rooms: { join: Record<string, { timeline: { events: JsonObject[] } }> };
  };
  const events = Object.values(rooms.join).flatMap(({ timeline }) => timeline.events);
  const event = events.find(({ content }) => isJsonObject(content) && content['body'] === body);
  if (event === undefined) throw new Error('the event is not in the timeline');
  return event;
}

/** https://spec.matrix.org/v1.19/client-server-api/#size-limits */
function sizeOf({ unsigned: _unsigned, ...event }: JsonObject): number {
  return encodeCanonicalJson(event).length;
}

describe('a field', () => {
  it.each([
    ['POST', `${V3}/login`, {}, 400, 'M_MISSING_PARAM'],
    ['POST', `${V3}/login`, { type: 'm.login.unknown' }, 400, 'M_UNKNOWN'],
    ['POST', `${V3}/register`, { username: 'UPPER', password: 'x' }, 400, 'M_INVALID_USERNAME'],
    ['POST', `${V3}/register`, { username: 'alice', password: 'x' }, 400, 'M_USER_IN_USE'],
    ['POST', `${V3}/createRoom`, { room_version: '99' }, 400, 'M_UNSUPPORTED_ROOM_VERSION'],
    ['POST', `${V3}/createRoom`, { preset: 'no_such' }, 400, 'M_BAD_JSON'],
    ['POST', `${V3}/createRoom`, { invite: 'bob' }, 400, 'M_BAD_JSON'],
    ['POST', '{room}/invite', { user_id: 'nobody' }, 400, 'M_BAD_JSON'],
    ['POST', '{room}/kick', {}, 400, 'M_MISSING_PARAM'],
    ['GET', `${V3}/sync?since=nonsense`, undefined, 400, 'M_INVALID_PARAM'],
    ['GET', `${V3}/sync?timeout=soon`, undefined, 400, 'M_INVALID_PARAM'],
    ['GET', '{room}/messages', undefined, 400, 'M_MISSING_PARAM'],
    ['GET', '{room}/messages?dir=sideways', undefined, 400, 'M_INVALID_PARAM'],
    ['GET', '{room}/messages?dir=b&from=nonsense', undefined, 400, 'M_INVALID_PARAM'],
    ['GET', `{room}/event/%24${'a'.repeat(43)}`, undefined, 404, 'M_NOT_FOUND'],
    ['GET', '{room}/state/m.no.such/key', undefined, 404, 'M_NOT_FOUND'],
    ['GET', `${V3}/rooms/%21nowhere%3Alocalhost/state`, undefined, 403, 'M_FORBIDDEN'],
    ['POST', `${V3}/join/%23nowhere%3Alocalhost`, {}, 404, 'M_NOT_FOUND'],
  ])('%s %s %j', async (method, path, body, status, errcode) => {
    expect(await codeOf(method, path, body)).toEqual([status, errcode]);
  });
});

describe('a request', () => {
  it.each([
    ['to an unknown path', 'GET', '/_matrix/client/v3/nothing', 404, 'M_UNRECOGNIZED'],
    ['with a method that the path has not', 'DELETE', '/_matrix/client/v3/account/whoami', 405, 'M_UNRECOGNIZED'],
    ['with a zero byte', 'GET', '/_matrix/client/v3/rooms/%00/state', 400, 'M_INVALID_PARAM'],
    ['with a path that is no UTF-8', 'GET', '/_matrix/client/v3/rooms/%FF/state', 400, 'M_INVALID_PARAM'],
  ])('%s', async (_title, method, path, status, errcode) => {
    expect(await codeOf(method, path)).toEqual([status, errcode]);
  });

  it.each([
    ['no token', [], 'M_MISSING_TOKEN'],
    ['an unknown token', ['Authorization: Bearer nonsense'], 'M_UNKNOWN_TOKEN'],
    ['a token that is not ASCII', ['Authorization: Bearer \u00e9\u00ff'], 'M_UNKNOWN_TOKEN'],
    ['a scheme without a token', ['Authorization: Bearer'], 'M_UNKNOWN_TOKEN'],
  ])('with %s', async (_title, headers, errcode) => {
    const { port } = new URL(deployment.baseUrlFor('/'));
    const head = ['GET /_matrix/client/v3/account/whoami HTTP/1.1', 'Host: localhost', 'Connection: close', ...headers];
    const response = await exchangeOne(Number(port), Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
    expect([response.status, response.json()['errcode']]).toEqual([401, errcode]);
  });

  it('whose headers hold raw bytes beyond ASCII is answered as any other', async () => {
    const { port } = new URL(deployment.baseUrlFor('/'));
    for (const name of ['User-Agent', 'Origin', 'X-Forwarded-For', 'X-Request-Id', 'Accept-Language', 'Cookie']) {
      const head = [
        'GET /_matrix/client/versions HTTP/1.1',
        'Host: localhost',
        'Connection: close',
        `${name}: \u00e9\u00ff\u0080`,
      ];
      const response = await exchangeOne(Number(port), Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
      expect([name, response.status]).toEqual([name, 200]);
    }
  });
});
