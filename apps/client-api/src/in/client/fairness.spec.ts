import type { RoomCommandReply } from '@plexus/rpc';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { Answer, ClientApiServer } from '../../../test-support/client-api-server.ts';
import { fakePorts } from '../../../test-support/fake-ports.ts';

const V3 = '/_matrix/client/v3';
const WAITING = 20;

let server: ClientApiServer;
let alice: string;
let bob: string;
/** Ends the requests that wait for the room's owner. */
let answer: (reply: RoomCommandReply) => void;
let asked: number;

beforeEach(async () => {
  const ports = fakePorts(['noisy.example', 'quiet.example']);
  const clock = { now: () => Date.now(), delay: () => new Promise<void>(() => {}) };
  const settings = `fairness: { concurrent_requests: 4, waiting_requests_per_server: ${WAITING} }\n`;
  server = await startClientApi({ ...ports, clock }, settings);
  alice = await server.register('alice', 'noisy.example');
  bob = await server.register('bob', 'quiet.example');
  const { promise, resolve } = Promise.withResolvers<RoomCommandReply>();
  answer = resolve;
  asked = 0;
  ports.writer.execute = () => {
    asked += 1;
    return promise;
  };
});
afterEach(async () => {
  answer({ $case: 'stored', value: { eventIds: ['$e'], position: 1 } });
  await server.stop();
});

function send(transactionId: number): Promise<Answer> {
  const path = `${V3}/rooms/!r:noisy.example/send/m.room.message/${transactionId}`;
  return server.call('PUT', path, { token: alice, body: { body: 'x', msgtype: 'm.text' }, host: 'quiet.example' });
}

it('answers a hosted server while another one, under whatever host name, asks more than can be answered', async () => {
  const noisy = Array.from({ length: 15 }, (_, index) => send(index));
  await vi.waitFor(() => expect(asked).toBe(3));
  const who = await server.call('GET', `${V3}/account/whoami`, { token: bob });
  expect([who.status, who.body['user_id']]).toEqual([200, '@bob:quiet.example']);
  expect(asked).toBe(3);
  answer({ $case: 'stored', value: { eventIds: ['$e'], position: 1 } });
  expect((await Promise.all(noisy)).map(({ status }) => status)).toEqual(noisy.map(() => 200));
});

it('refuses more requests of a hosted server than may wait, and those of no other', async () => {
  const noisy = Array.from({ length: 3 + WAITING }, (_, index) => send(index));
  await vi.waitFor(() => expect(asked).toBe(3));
  const refused = await vi.waitFor(async () => {
    const one = await server.call('GET', `${V3}/account/whoami`, { token: alice });
    expect(one.status).toBe(429);
    return one;
  });
  expect([refused.body['errcode'], refused.body['retry_after_ms']]).toEqual(['M_LIMIT_EXCEEDED', 1_000]);
  expect((await server.call('GET', `${V3}/account/whoami`, { token: bob })).status).toBe(200);
  answer({ $case: 'stored', value: { eventIds: ['$e'], position: 1 } });
  await Promise.all(noisy);
  await vi.waitFor(async () => {
    expect((await server.call('GET', `${V3}/account/whoami`, { token: alice })).status).toBe(200);
  });
});
