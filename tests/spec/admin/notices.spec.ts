import {
  broadcastResponse,
  broadcastsResponse,
  failedRecipientsResponse,
  sendServerNoticeResponse,
} from '@plexus/matrix-api';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MatrixClient, Reply } from '../../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../../support/matrix-client.ts';
import {
  deploymentAdmin,
  elsewhere,
  part,
  PLEXUS_ADMIN,
  serverAdmin,
  SYNAPSE_ADMIN,
} from '../support/administrators.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { sharedDeployment, specified, uniqueName } from '../support/specified-http.ts';

const NOTICE = `${SYNAPSE_ADMIN}/send_server_notice`;
const CLIENT_ADMIN = '/_matrix/client/v1/admin';
const BROADCASTS = `${PLEXUS_ADMIN}/broadcasts`;
const USERS = `${SYNAPSE_ADMIN.replace('v1', 'v2')}/users`;
const SENDER = '@notices:localhost';
const CONTENT = { msgtype: 'm.text', body: 'hello' };

let root: MatrixClient;
let admin: MatrixClient;
let alice: MatrixClient;
beforeAll(async () => {
  root = await deploymentAdmin();
  admin = await serverAdmin();
  alice = await (await specified()).register(uniqueName('alice'));
});

const post = (body: unknown, by = admin): Promise<Reply> => by.call('POST', NOTICE, body);

const put = (id: string): Promise<Reply> =>
  admin.call('PUT', `${NOTICE}/${id}`, { user_id: alice.userId, content: CONTENT });

const start = (body: unknown, by = admin): Promise<Reply> => by.call('POST', BROADCASTS, body);

const get = (id: string, by = admin): Promise<Reply> => by.call('GET', `${BROADCASTS}/${part(id)}`);

describe('send_server_notice', () => {
  it('answers with the event, which the user finds in a room of their own', async () => {
    const { event_id: eventId } = expectShape(
      await post({ user_id: alice.userId, content: CONTENT }),
      sendServerNoticeResponse,
    );
    const { rooms } = (await alice.sync()) as { rooms: { invite: Record<string, object> } };
    const [roomId = ''] = Object.keys(rooms.invite);
    await alice.join(roomId);
    const event = await alice.ask('GET', `/_matrix/client/v3/rooms/${part(roomId)}/event/${part(String(eventId))}`);
    expect(event).toMatchObject({ sender: SENDER, type: 'm.room.message', content: CONTENT });
    const state = { user_id: alice.userId, type: 'm.room.topic', state_key: '', content: { topic: 'News' } };
    expectShape(await post(state), sendServerNoticeResponse);
    const topic = await alice.ask('GET', `/_matrix/client/v3/rooms/${part(roomId)}/state/m.room.topic`);
    expect(topic).toEqual({ topic: 'News' });
  });

  it('put again under a transaction id answers with the first event', async () => {
    const id = uniqueName('transaction');
    const first = expectShape(await put(id), sendServerNoticeResponse);
    expect(expectShape(await put(id), sendServerNoticeResponse)).toEqual(first);
    expect(expectShape(await put(`${id}-2`), sendServerNoticeResponse)).not.toEqual(first);
  });

  it('reaches who is suspended, who may join that room and no other', async () => {
    const sue = await (await specified()).register(uniqueName('sue'));
    const other = await alice.createRoom({ preset: 'public_chat' });
    await root.ask('PUT', `${CLIENT_ADMIN}/suspend/${part(sue.userId)}`, { suspended: true });
    expectShape(await post({ user_id: sue.userId, content: CONTENT }), sendServerNoticeResponse);
    const { rooms } = await sue.sync<{ rooms: { invite: Record<string, object> } }>();
    const [room = ''] = Object.keys(rooms.invite);
    expectError(await sue.call('POST', `/_matrix/client/v3/join/${part(other)}`, {}), 403, 'M_USER_SUSPENDED');
    expectError(await sue.call('POST', `/_matrix/client/v3/rooms/${part(other)}/join`, {}), 403, 'M_USER_SUSPENDED');
    expect((await sue.call('POST', `/_matrix/client/v3/join/${part(room)}`, {})).status).toBe(200);
  });

  it('refuses who may not, what is missing, and who is not there', async () => {
    expectError(await post({ user_id: alice.userId, content: CONTENT }, alice), 403, 'M_FORBIDDEN');
    expectError(await post({ content: CONTENT }), 400, 'M_MISSING_PARAM');
    expectError(await post({ user_id: alice.userId }), 400, 'M_MISSING_PARAM');
    expectError(await post({ user_id: '@alice:far.test', content: CONTENT }), 400, 'M_UNKNOWN');
    expectError(await post({ user_id: `@${uniqueName('nobody')}:localhost`, content: CONTENT }), 404, 'M_NOT_FOUND');
    expectError(await post({ user_id: SENDER, content: CONTENT }), 400, 'M_UNKNOWN');
    const other = await (await elsewhere(root, 'notices.test')).register(uniqueName('other'));
    expectError(await post({ user_id: other.userId, content: CONTENT }), 403, 'M_FORBIDDEN');
    const large = { user_id: alice.userId, content: { body: 'x'.repeat(70_000) } };
    expectError(await post(large), 413, 'M_TOO_LARGE');
  });

  it('is refused on a server that is suspended', async () => {
    const server = `${uniqueName('resting')}.test`.toLowerCase();
    const bob = await (await elsewhere(root, server)).register('bob');
    const notice = { user_id: bob.userId, content: CONTENT };
    expectShape(await post(notice, root), sendServerNoticeResponse);
    await root.ask('POST', `${PLEXUS_ADMIN}/servers/${server}/suspend`);
    expectError(await post(notice, root), 403, 'M_FORBIDDEN');
    await root.ask('POST', `${PLEXUS_ADMIN}/servers/${server}/resume`);
    expectShape(await post(notice, root), sendServerNoticeResponse);
  });

  it('is refused on a server that has no notices', async () => {
    const other = await (await elsewhere(root, 'silent.test')).register(uniqueName('silent'));
    const settings = { registration: { enabled: true }, server_notices: { enabled: false } };
    expect((await root.call('PUT', `${PLEXUS_ADMIN}/servers/silent.test/settings`, settings)).status).toBe(200);
    expectError(await post({ user_id: other.userId, content: CONTENT }, root), 400, 'M_UNKNOWN');
  });
});

describe('broadcasts', () => {
  it('reach users, and are shown', async () => {
    const audience = { users: [alice.userId] };
    const body = expectShape(await start({ content: CONTENT, audience, per_second: 50 }), broadcastResponse, 201);
    const id = textOf(body, 'broadcast_id');
    await expect
      .poll(async () => expectShape(await get(id), broadcastResponse), { timeout: 20_000 })
      .toMatchObject({ status: 'complete', sent: 1, server_name: 'localhost', requested_by: admin.userId });
    const { broadcasts } = expectShape(await admin.call('GET', `${BROADCASTS}?limit=1000`), broadcastsResponse);
    expect(broadcasts).toContainEqual(expect.objectContaining({ broadcast_id: id }));
    const failed = await admin.call('GET', `${BROADCASTS}/${part(id)}/failed`);
    expect(expectShape(failed, failedRecipientsResponse)).toEqual({ failed: [] });
    for (const verb of ['pause', 'resume', 'cancel']) {
      expectError(await admin.call('POST', `${BROADCASTS}/${part(id)}/${verb}`, {}), 409, 'M_UNKNOWN');
    }
  });

  it('are paused, resumed and cancelled', async () => {
    const others = await Promise.all([1, 2, 3].map(async () => (await specified()).register(uniqueName('slow'))));
    const audience = { users: others.map(({ userId }) => userId) };
    const body = expectShape(await start({ content: CONTENT, audience, per_second: 0.02 }), broadcastResponse, 201);
    const id = textOf(body, 'broadcast_id');
    for (const [verb, status] of [
      ['pause', 'paused'],
      ['pause', 'paused'],
      ['resume', 'active'],
      ['cancel', 'cancelled'],
    ]) {
      const changed = await admin.call('POST', `${BROADCASTS}/${part(id)}/${verb}`, {});
      expect(expectShape(changed, broadcastResponse)).toMatchObject({ status });
    }
    expectError(await admin.call('POST', `${BROADCASTS}/${part(id)}/resume`, {}), 409, 'M_UNKNOWN');
  });

  it('are their server’s administrators’ and the deployment’s', async () => {
    await elsewhere(root, 'notices.test');
    const body = await start({ server_name: 'notices.test', content: CONTENT, audience: { users: [] } }, root);
    const id = textOf(expectShape(body, broadcastResponse, 201), 'broadcast_id');
    expectError(await get(id), 404, 'M_NOT_FOUND');
    expect((await get(id, root)).status).toBe(200);
    expectError(await start({ server_name: 'notices.test', content: CONTENT }), 403, 'M_FORBIDDEN');
    expectError(await start({ server_name: 'far.test', content: CONTENT }, root), 404, 'M_NOT_FOUND');
    expectError(await start({ content: CONTENT }, alice), 403, 'M_FORBIDDEN');
    expectError(await start({ content: CONTENT, audience: { users: ['@a:far.test'] } }), 400, 'M_INVALID_PARAM');
    expectError(await get('nothing'), 404, 'M_NOT_FOUND');
  });
});

describe('the user who sends notices', () => {
  it('is protected from administrators, logins and registration', async () => {
    await expect.poll(async () => (await root.call('GET', `${USERS}/${part(SENDER)}`)).status).toBe(200);
    const attempts: [string, string, object][] = [
      ['PUT', `${USERS}/${part(SENDER)}`, { password: 'mine' }],
      ['PUT', `${USERS}/${part('@notices:notices.test')}`, { admin: true }],
      ['POST', `${SYNAPSE_ADMIN}/deactivate/${part(SENDER)}`, { erase: true }],
      ['POST', `${SYNAPSE_ADMIN}/reset_password/${part(SENDER)}`, { new_password: 'mine' }],
      ['POST', `${SYNAPSE_ADMIN}/users/${part(SENDER)}/login`, {}],
      ['POST', `${USERS}/${part(SENDER)}/devices`, { device_id: 'MINE' }],
      ['PUT', `${CLIENT_ADMIN}/lock/${part(SENDER)}`, { locked: true }],
      ['PUT', `${CLIENT_ADMIN}/suspend/${part(SENDER)}`, { suspended: true }],
    ];
    await elsewhere(root, 'notices.test');
    for (const [method, path, body] of attempts) expectError(await root.call(method, path, body), 403, 'M_FORBIDDEN');
    const http = new MatrixHttp(await sharedDeployment());
    const register = { username: 'notices', password: 'mine', auth: { type: 'm.login.dummy' } };
    expectError(await http.call('POST', '/_matrix/client/v3/register', { body: register }), 400, 'M_USER_IN_USE');
    const login = { type: 'm.login.password', identifier: { type: 'm.id.user', user: SENDER }, password: 'mine' };
    expectError(await http.call('POST', '/_matrix/client/v3/login', { body: login }), 403, 'M_FORBIDDEN');
  });
});
