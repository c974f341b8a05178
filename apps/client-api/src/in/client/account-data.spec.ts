import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { ClientApiServer } from '../../../test-support/client-api-server.ts';

const ALICE = '/_matrix/client/v3/user/@alice:one.example';
const ROOM = `${ALICE}/rooms/!room:one.example`;

let server: ClientApiServer;
let token: string;
beforeAll(async () => {
  server = await startClientApi();
  token = await server.register('alice');
});
afterAll(() => server.stop());

function put(path: string, body: unknown) {
  return server.call('PUT', path, { token, body });
}
async function get(path: string): Promise<unknown> {
  return (await server.call('GET', path, { token })).body;
}

describe('account data', () => {
  it('comes back as it was sent', async () => {
    const sent = '{"big": 12345678901234567890, "deep": {"__proto__": 1}}';
    expect((await put(`${ALICE}/account_data/org.example`, sent)).status).toBe(200);
    const kept = await server.ports.userStreams.findAccountData('@alice:one.example', {
      roomId: undefined,
      type: 'org.example',
    });
    expect(kept).toBe(sent);
  });

  it('of a room is not that of the account', async () => {
    await put(`${ROOM}/account_data/both`, { of: 'room' });
    expect((await server.call('GET', `${ALICE}/account_data/both`, { token })).status).toBe(404);
    expect(await get(`${ROOM}/account_data/both`)).toEqual({ of: 'room' });
  });

  it('of a user has a bound, all together', async () => {
    const bob = await server.register('bob');
    const path = ALICE.replace('alice', 'bob');
    const store = (type: string, body: unknown) =>
      server.call('PUT', `${path}/account_data/${type}`, { token: bob, body });
    const fill = (count: number, content: string) =>
      server.ports.userStreams.transact(['@bob:one.example'], async ({ accountData }) => {
        for (let item = 0; item < count; item += 1)
          await accountData.storeAccountData('@bob:one.example', { roomId: undefined, type: `t${item}`, content });
      });
    await fill(128, JSON.stringify({ text: 'x'.repeat(262_000) }));
    expect((await store('more', { text: 'x'.repeat(200_000) })).body).toMatchObject({ errcode: 'M_TOO_LARGE' });
    expect((await store('t1', {})).status).toBe(200);
  });

  it.each([
    ['of another user', ALICE.replace('alice', 'bob'), {}, 403, 'M_FORBIDDEN'],
    ['that the server writes', `${ALICE}/account_data/m.push_rules`, {}, 405, 'M_BAD_JSON'],
    ['that the server writes, of a room', `${ROOM}/account_data/m.fully_read`, {}, 405, 'M_BAD_JSON'],
    ['that is no object', `${ALICE}/account_data/a`, [], 400, 'M_BAD_JSON'],
    ['that is no JSON', `${ALICE}/account_data/a`, 'x', 400, 'M_NOT_JSON'],
    ['without a body', `${ALICE}/account_data/a`, undefined, 400, 'M_NOT_JSON'],
    ['of what is no room', `${ALICE}/rooms/room/account_data/a`, {}, 400, 'M_INVALID_PARAM'],
    ['of a type that is too long', `${ALICE}/account_data/${'a'.repeat(256)}`, {}, 400, 'M_INVALID_PARAM'],
    ['of a type with a NUL', `${ALICE}/account_data/a%00b`, {}, 400, 'M_INVALID_PARAM'],
    ['that is too large', `${ALICE}/account_data/a`, { text: 'x'.repeat(300_000) }, 413, 'M_TOO_LARGE'],
  ])('%s is refused', async (_what, path, body, status, errcode) => {
    const full = path.includes('account_data') ? path : `${path}/account_data/a`;
    const answer = await put(full, body);
    expect([answer.status, answer.body['errcode']]).toEqual([status, errcode]);
  });
});

describe('tags', () => {
  it('are listed, added and removed one by one', async () => {
    await put(`${ROOM}/tags/m.favourite`, { order: 0.25, more: 'kept' });
    await put(`${ROOM}/tags/u.work`, {});
    await put(`${ROOM}/tags/__proto__`, {});
    expect((await server.call('DELETE', `${ROOM}/tags/u.work`, { token })).body).toEqual({});
    expect((await server.call('DELETE', `${ROOM}/tags/u.none`, { token })).status).toBe(200);
    const { tags } = (await get(`${ROOM}/tags`)) as { tags: object };
    expect(Object.entries(tags)).toEqual([
      ['m.favourite', { order: 0.25, more: 'kept' }],
      ['__proto__', {}],
    ]);
    expect(await get(`${ROOM}/account_data/m.tag`)).toEqual({ tags });
  });

  it('survive whatever a client has put in their place', async () => {
    const other = ROOM.replace('!room', '!other');
    expect(await get(`${other}/tags`)).toEqual({ tags: {} });
    await put(`${other}/account_data/m.tag`, { tags: 'none' });
    await put(`${other}/tags/u.work`, {});
    expect(await get(`${other}/tags`)).toEqual({ tags: { 'u.work': {} } });
  });

  it('are a hundred at most', async () => {
    const full = ROOM.replace('!room', '!full');
    for (let index = 0; index < 100; index += 1) await put(`${full}/tags/u.${index}`, {});
    expect((await put(`${full}/tags/u.0`, { order: 1 })).status).toBe(200);
    expect((await put(`${full}/tags/u.more`, {})).body['errcode']).toBe('M_TOO_LARGE');
  });

  it.each([
    ['of another user', ROOM.replace('alice', 'bob'), 'a', {}, 403, 'M_FORBIDDEN'],
    ['of what is no room', `${ALICE}/rooms/room`, 'a', {}, 400, 'M_INVALID_PARAM'],
    ['with an order beyond 1', ROOM, 'a', { order: 1.5 }, 400, 'M_BAD_JSON'],
    ['that is too long', ROOM, 'a'.repeat(256), {}, 400, 'M_INVALID_PARAM'],
  ])('%s are refused', async (_what, room, tag, body, status, errcode) => {
    const answer = await put(`${room}/tags/${tag}`, body);
    expect([answer.status, answer.body['errcode']]).toEqual([status, errcode]);
  });
});
