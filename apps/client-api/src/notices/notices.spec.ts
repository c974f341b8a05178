import { broadcastResponse, sendServerNoticeResponse } from '@plexus/matrix-api';
import { FakeBroadcasts } from '@plexus/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientApi } from '../../test-support/client-api-server.ts';
import type { Answer, ClientApiServer } from '../../test-support/client-api-server.ts';
import { fakePorts } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';

const NOTICE = '/_synapse/admin/v1/send_server_notice';
const BROADCASTS = '/_plexus/admin/v1/broadcasts';
const CONTENT = { msgtype: 'm.text', body: 'hello' };
const USER = '@user:one.example';

let server: ClientApiServer;
let ports: FakePorts;
let root: string;
let admin: string;
let user: string;

beforeAll(async () => {
  ports = fakePorts(['one.example', 'two.example']);
  server = await startClientApi(ports);
  const { accounts } = ports;
  await accounts.addUser({ userId: '@root:one.example', passwordHash: 'hash of x', isDeploymentAdmin: true });
  await accounts.addUser({ userId: '@admin:one.example', passwordHash: 'hash of x', isAdmin: true });
  await accounts.addUser({ userId: '@notices:one.example', passwordHash: 'hash of x' });
  root = await logIn('@root:one.example');
  admin = await logIn('@admin:one.example');
  await accounts.addUser({ userId: USER, passwordHash: 'hash of x' });
  user = await logIn(USER);
});
afterAll(() => server.stop());

async function logIn(name: string): Promise<string> {
  const body = { type: 'm.login.password', identifier: { type: 'm.id.user', user: name }, password: 'x' };
  return String((await server.call('POST', '/_matrix/client/v3/login', { body })).body['access_token']);
}

function errorOf({ status, body }: Answer): [number, unknown] {
  return [status, body['errcode']];
}

const send = (body: object, token = admin): Promise<Answer> => server.call('POST', NOTICE, { token, body });

const put = (id: string, token = admin): Promise<Answer> =>
  server.call('PUT', `${NOTICE}/${id}`, { token, body: { user_id: USER, content: CONTENT } });

const start = (body: object, token = admin): Promise<Answer> => server.call('POST', BROADCASTS, { token, body });

/** As notices would store it. */
async function store(broadcastId: string, serverName = 'one.example'): Promise<void> {
  const { broadcasts } = ports.admin;
  const rest = {
    requestedBy: '@admin:one.example',
    type: 'm.room.message',
    content: '{"body":"hello"}',
    perSecond: 1,
  };
  await broadcasts.add({ broadcastId, serverName, audience: { userIds: [USER] }, ...rest });
}

describe('a notice to a user', () => {
  it('is sent in the name of their server', async () => {
    const answer = await send({ user_id: USER, content: CONTENT });
    expect(answer.status).toBe(200);
    expect(sendServerNoticeResponse.check(answer.body).outcome).toBe('ok');
    expect(ports.notices.sent.at(-1)).toMatchObject({ userId: USER, type: 'm.room.message', content: CONTENT });
    await send({ user_id: USER, content: {}, type: 'm.room.topic', state_key: '' });
    expect(ports.notices.sent.at(-1)).toMatchObject({ type: 'm.room.topic', stateKey: '' });
  });

  it('is one where it is put again under the same transaction id', async () => {
    const [first, again, other] = [await put('t1'), await put('t1'), await put('t2')];
    expect(again.body).toEqual(first.body);
    expect(other.body).not.toEqual(first.body);
    expect((await put('t1', root)).body).not.toEqual(first.body);
  });

  it.each([
    [400, 'M_MISSING_PARAM', { content: CONTENT }],
    [400, 'M_MISSING_PARAM', { user_id: USER }],
    [400, 'M_BAD_JSON', { user_id: USER, content: 'text' }],
    [400, 'M_UNKNOWN', { user_id: '@user:far.example', content: CONTENT }],
    [400, 'M_UNKNOWN', { user_id: 'user', content: CONTENT }],
    [400, 'M_INVALID_PARAM', { user_id: USER, content: {}, type: 'm.room.encryption' }],
    [400, 'M_INVALID_PARAM', { user_id: USER, content: {}, type: '' }],
    [403, 'M_FORBIDDEN', { user_id: '@user:two.example', content: CONTENT }],
  ])('is refused with %i %s: %j', async (status, errcode, body) => {
    expect(errorOf(await send(body))).toEqual([status, errcode]);
  });

  it('is for administrators, and answers with what notices say', async () => {
    expect(errorOf(await send({ user_id: USER, content: CONTENT }, user))).toEqual([403, 'M_FORBIDDEN']);
    ports.notices.nextRefusal = {
      outcome: 'refused',
      errcode: 'M_NOT_FOUND',
      httpStatus: 404,
      error: 'User not found',
    };
    expect(errorOf(await send({ user_id: '@who:one.example', content: CONTENT }))).toEqual([404, 'M_NOT_FOUND']);
  });
});

describe('a broadcast', () => {
  it('is begun for the users of the administrator’s server', async () => {
    ports.notices.nextRefusal = { outcome: 'refused', errcode: 'M_UNKNOWN', httpStatus: 400, error: 'No notices' };
    expect(errorOf(await start({ content: CONTENT }))).toEqual([400, 'M_UNKNOWN']);
    const asked = { content: CONTENT, audience: { guests: true, inactive_since: 5, users: [USER] }, txn_id: 't' };
    await start(asked);
    await start(asked);
    const [first, second] = ports.notices.broadcasts.slice(-2);
    expect(first).toMatchObject({
      serverName: 'one.example',
      requestedBy: '@admin:one.example',
      audience: { withGuests: true, neverConsented: false, inactiveSince: 5, userIds: [USER] },
    });
    expect(second?.broadcastId).toBe(first?.broadcastId);
  });

  it.each([
    [400, 'M_MISSING_PARAM', {}],
    [400, 'M_BAD_JSON', { content: CONTENT, audience: { everybody: true } }],
    [400, 'M_BAD_JSON', { content: CONTENT, per_second: 0 }],
    [400, 'M_INVALID_PARAM', { content: CONTENT, audience: { users: ['@a:two.example'] } }],
    [400, 'M_INVALID_PARAM', { content: CONTENT, type: 'm.room.member' }],
    [403, 'M_FORBIDDEN', { content: CONTENT, server_name: 'two.example' }],
  ])('is refused with %i %s: %j', async (status, errcode, body) => {
    expect(errorOf(await start(body))).toEqual([status, errcode]);
  });

  it('is shown, paused, resumed and cancelled by who administers its server', async () => {
    await store('mine');
    await store('theirs', 'two.example');
    const shown = await server.call('GET', `${BROADCASTS}/mine`, { token: admin });
    expect(broadcastResponse.check(shown.body).outcome).toBe('ok');
    expect(shown.body).toMatchObject({ status: 'active', audience: { users: 1 }, content: { body: 'hello' } });
    expect(errorOf(await server.call('GET', `${BROADCASTS}/theirs`, { token: admin }))).toEqual([404, 'M_NOT_FOUND']);
    expect((await server.call('GET', `${BROADCASTS}/theirs`, { token: root })).status).toBe(200);
    for (const [verb, status] of [
      ['pause', 'paused'],
      ['resume', 'active'],
      ['cancel', 'cancelled'],
    ] as const) {
      expect((await server.call('POST', `${BROADCASTS}/mine/${verb}`, { token: admin })).status).toBe(200);
      expect(ports.notices.changes.at(-1)).toEqual(['mine', status]);
      const other = await server.call('POST', `${BROADCASTS}/theirs/${verb}`, { token: admin });
      expect(errorOf(other)).toEqual([404, 'M_NOT_FOUND']);
    }
    const listed = await server.call('GET', BROADCASTS, { token: admin });
    expect(listed.body['broadcasts']).toMatchObject([{ broadcast_id: 'mine' }]);
    const all = await server.call('GET', `${BROADCASTS}?limit=5`, { token: root });
    expect(all.body['broadcasts']).toHaveLength(2);
    const failed = await server.call('GET', `${BROADCASTS}/mine/failed`, { token: admin });
    expect(failed.body).toEqual({ failed: [] });
    expect(ports.admin.broadcasts).toBeInstanceOf(FakeBroadcasts);
  });
});

describe('the user who sends notices', () => {
  it('is nobody whom one logs in as, even with a password', async () => {
    expect(await logIn('@notices:one.example')).toBe('undefined');
  });

  it('cannot be registered', async () => {
    const available = await server.call('GET', '/_matrix/client/v3/register/available?username=notices', {
      host: 'two.example',
    });
    expect(errorOf(available)).toEqual([400, 'M_USER_IN_USE']);
  });
});

describe('the room of notices', () => {
  const ROOM = '!notices:one.example';

  async function become(membership: string): Promise<void> {
    const sender = '@notices:one.example';
    ports.rooms.append({ roomId: ROOM, type: 'm.room.member', sender, stateKey: USER, content: { membership } });
  }

  it('is one whose invite cannot be rejected, but that can be left once it is joined', async () => {
    const create = { type: 'm.room.create', sender: '@notices:one.example', stateKey: '', content: {} };
    ports.rooms.append({ roomId: ROOM, ...create });
    const room = {
      userId: USER,
      serverName: 'one.example',
      roomId: ROOM,
      roomVersion: '12',
      createEvent: Buffer.alloc(0),
    };
    await ports.noticeRooms.insertOrGet(room);
    await become('invite');
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(ROOM)}`;
    const leave = (): Promise<Answer> => server.call('POST', `${path}/leave`, { token: user, body: {} });
    expect(errorOf(await leave())).toEqual([403, 'M_CANNOT_LEAVE_SERVER_NOTICE_ROOM']);
    const state = `${path}/state/m.room.member/${encodeURIComponent(USER)}`;
    const set = await server.call('PUT', state, { token: user, body: { membership: 'leave' } });
    expect(errorOf(set)).toEqual([403, 'M_CANNOT_LEAVE_SERVER_NOTICE_ROOM']);
    expect(ports.remoteRooms.memberships).toEqual([]);
    await become('join');
    expect((await leave()).status).toBe(200);
  });

  it('is no reason to stay in another room', async () => {
    const other = '!other:one.example';
    const create = { type: 'm.room.create', sender: '@admin:one.example', stateKey: '', content: {} };
    ports.rooms.append({ roomId: other, ...create });
    const invite = { type: 'm.room.member', sender: '@admin:one.example', stateKey: USER };
    ports.rooms.append({ roomId: other, ...invite, content: { membership: 'invite' } });
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(other)}/leave`;
    expect((await server.call('POST', path, { token: user, body: {} })).status).toBe(200);
  });
});
