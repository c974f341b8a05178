import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { ClientApiServer } from '../../../test-support/client-api-server.ts';

const PATH = '/_matrix/client/v3/sendToDevice';
const [ALICE, BOB] = ['@alice:one.example', '@bob:one.example'];

let server: ClientApiServer;
let token: string;
beforeAll(async () => {
  server = await startClientApi();
  token = await server.register('alice');
  await server.register('bob');
});
afterAll(() => server.stop());

function send(transactionId: string, messages: unknown, type = 'm.test') {
  return server.call('PUT', `${PATH}/${type}/${transactionId}`, { token, body: { messages } });
}
async function waitingFor(userId: string): Promise<unknown[]> {
  const range = { after: 0, upTo: Number.MAX_SAFE_INTEGER };
  const device = { userId, deviceId: 'DEVICE' };
  const page = await server.ports.userStreams.readMessages(device, range, { messages: 1000, bytes: 10_000_000 });
  await server.ports.userStreams.removeMessages(device, range.upTo);
  return page.messages.map((message) => JSON.parse(message) as unknown);
}

describe('sendToDevice', () => {
  it('puts a message into the inbox of each device that is named and there', async () => {
    const messages = {
      [ALICE]: { '*': { a: 1 } },
      [BOB]: { DEVICE: { b: 1 }, OTHER: {} },
      '@x:elsewhere.test': { D: {} },
    };
    expect((await send('one', messages)).body).toEqual({});
    expect(await waitingFor(ALICE)).toEqual([{ type: 'm.test', sender: ALICE, content: { a: 1 } }]);
    expect(await waitingFor(BOB)).toEqual([{ type: 'm.test', sender: ALICE, content: { b: 1 } }]);
  });

  it('does what is repeated once, for each type and transaction', async () => {
    const messages = { [BOB]: { '*': { n: 1 } } };
    for (const [transaction, type] of [['two'], ['two'], ['two', 'm.other'], ['three']] as const) {
      await send(transaction, messages, type);
    }
    expect(await waitingFor(BOB)).toHaveLength(3);
  });

  it('goes on where it was left with many users', async () => {
    const crowd = Array.from({ length: 150 }, (_, index) => `@c${String(index).padStart(3, '0')}:one.example`);
    for (const userId of crowd) {
      await server.ports.accounts.addUser({ userId, passwordHash: undefined });
      server.ports.accounts.devices.set(`${userId} DEVICE`, undefined);
    }
    const messages = Object.fromEntries(crowd.map((userId) => [userId, { '*': {} }]));
    // As if the process had died after the first hundred.
    expect((await send('crowd', Object.fromEntries(Object.entries(messages).slice(0, 100)))).status).toBe(200);
    expect((await send('crowd', messages)).status).toBe(200);
    const counts = await Promise.all(crowd.map(async (userId) => (await waitingFor(userId)).length));
    expect(new Set(counts)).toEqual(new Set([1]));
  });

  it.each([
    ['that are no objects', { [BOB]: { DEVICE: 'x' } }, 400, 'M_BAD_JSON'],
    ['that are missing', undefined, 400, 'M_MISSING_PARAM'],
    ['to what is no user', { bob: { DEVICE: {} } }, 400, 'M_INVALID_PARAM'],
    ['that are too large', { [BOB]: { DEVICE: { text: 'x'.repeat(70_000) } } }, 413, 'M_TOO_LARGE'],
  ])('refuses messages %s', async (_what, messages, status, errcode) => {
    const answer = await send('bad', messages);
    expect([answer.status, answer.body['errcode']]).toEqual([status, errcode]);
  });
});
