import { createHmac } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { deploymentAdmin } from '../support/administrators.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, TURN_SECRET, uniqueName } from '../support/specified-http.ts';

const V3 = '/_matrix/client/v3';
const V1 = '/_matrix/client/v1';

let http: SpecifiedHttp;
let admin: MatrixClient;
let alice: MatrixClient;
beforeAll(async () => {
  http = await specified();
  admin = await deploymentAdmin();
});
beforeEach(async () => {
  alice = await http.register(uniqueName('alice'));
});

const auth = () => ({ type: 'm.login.password', user: alice.userId, password: 'wonderland' });

function logIn(change: Json = {}): Promise<Reply> {
  const body = { type: 'm.login.password', user: alice.userId, password: 'wonderland', ...change };
  return http.call('POST', `${V3}/login`, { body });
}

function whoAmI(accessToken: unknown): Promise<Reply> {
  return http.call('GET', `${V3}/account/whoami`, { accessToken: String(accessToken) });
}

function refresh(token: unknown): Promise<Reply> {
  return http.call('POST', `${V3}/refresh`, { body: { refresh_token: token } });
}

async function capabilitiesOf(client: MatrixClient): Promise<unknown> {
  return (await client.ask('GET', `${V3}/capabilities`))['capabilities'];
}

function openIdPath(userId: string): string {
  return `${V3}/user/${encodeURIComponent(userId)}/openid/request_token`;
}

describe('POST /account/password', () => {
  it('changes the password and logs the other devices out, unless they are to stay', async () => {
    const phone = await http.login(alice.userId);
    const change = (body: Json) => alice.call('POST', `${V3}/account/password`, { auth: auth(), ...body });
    expect((await change({ new_password: 'second', logout_devices: false })).status).toBe(200);
    expect((await whoAmI(phone.session.accessToken)).status).toBe(200);
    expectError(await logIn(), 403, 'M_FORBIDDEN');
    const second = { ...auth(), password: 'second' };
    expect((await change({ new_password: 'third', auth: second })).status).toBe(200);
    expectError(await whoAmI(phone.session.accessToken), 401, 'M_UNKNOWN_TOKEN');
    expect((await whoAmI(alice.session.accessToken)).status).toBe(200);
    expect((await logIn({ password: 'third' })).status).toBe(200);
  });

  it('asks for the present password, and for the same new one all the way', async () => {
    const asked = await alice.call('POST', `${V3}/account/password`, { new_password: 'one' });
    expect([asked.status, asked.body['flows']]).toEqual([401, [{ stages: ['m.login.password'] }]]);
    const body = { new_password: 'two', auth: { ...auth(), session: asked.body['session'] } };
    expectError(await alice.call('POST', `${V3}/account/password`, body), 403, 'M_FORBIDDEN');
    expectError(await alice.call('POST', `${V3}/account/password`, {}), 400, 'M_MISSING_PARAM');
  });
});

describe('POST /account/deactivate', () => {
  const path = `${V3}/account/deactivate`;

  it('asks for the password, and closes the account for good', async () => {
    const asked = await alice.call('POST', path, {});
    expect([asked.status, asked.body['flows']]).toEqual([401, [{ stages: ['m.login.password'] }]]);
    const body = { auth: { ...auth(), session: asked.body['session'] } };
    expect(await alice.ask('POST', path, body)).toEqual({ id_server_unbind_result: 'success' });
    expectError(await whoAmI(alice.session.accessToken), 401, 'M_UNKNOWN_TOKEN');
    expectError(await logIn(), 403, 'M_USER_DEACTIVATED');
    const username = alice.userId.slice(1, alice.userId.indexOf(':'));
    expectError(await http.call('POST', `${V3}/register`, { body: { username } }), 400, 'M_USER_IN_USE');
    expectError(await admin.call('GET', `${V1}/admin/lock/${alice.userId}`), 404, 'M_NOT_FOUND');
  });

  it('parts the user from rooms and rejects invites, and takes the profile out to erase', async () => {
    const [joined, invited] = [await admin.createRoom({ preset: 'public_chat' }), await admin.createRoom()];
    await alice.join(joined);
    for (const displayname of ['Alice', 'Lewis'])
      await alice.setState(joined, 'm.room.member', { membership: 'join', displayname }, alice.userId);
    await admin.invite(invited, alice.userId);
    expect((await alice.call('POST', path, { auth: auth(), erase: true })).status).toBe(200);
    const membershipIn = async (roomId: string) => {
      const state = `${V3}/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${alice.userId}`;
      return (await admin.ask('GET', state))['membership'];
    };
    for (const roomId of [joined, invited])
      await expect.poll(() => membershipIn(roomId), { timeout: 20_000 }).toBe('leave');
    const { chunk } = await admin.ask('GET', `${V3}/rooms/${encodeURIComponent(joined)}/messages?dir=b&limit=10`);
    const redactions = (chunk as Json[]).filter(
      ({ type, sender }) => type === 'm.room.redaction' && sender === alice.userId,
    );
    expect(redactions).toHaveLength(3);
    expect(JSON.stringify(chunk)).not.toContain('Lewis');
    expect(JSON.stringify(chunk)).not.toContain('Alice');
  });

  it('shows what an erased user said to those who were there, and redacted to those who come later', async () => {
    const roomId = await admin.createRoom({ preset: 'public_chat', name: 'Tea' });
    const room = `${V3}/rooms/${encodeURIComponent(roomId)}`;
    const [witness, later] = [await http.register(uniqueName('carol')), await http.register(uniqueName('dan'))];
    await alice.join(roomId);
    await witness.join(roomId);
    const eventId = await alice.send(roomId, 'unforgettable');
    expect((await alice.call('POST', path, { auth: auth(), erase: true })).status).toBe(200);
    await later.join(roomId);
    const seenBy = async (client: MatrixClient): Promise<unknown[]> => {
      const { content } = await client.ask('GET', `${room}/event/${encodeURIComponent(eventId)}`);
      const { chunk } = await client.ask('GET', `${room}/messages?dir=b&limit=20`);
      const found = (chunk as Json[]).find(({ event_id: id }) => id === eventId);
      const filter = encodeURIComponent(JSON.stringify({ room: { rooms: [roomId], timeline: { limit: 20 } } }));
      const { rooms } = (await client.ask('GET', `${V3}/sync?filter=${filter}`)) as {
        rooms: { join: Record<string, { timeline: { events: Json[] } }> };
      };
      const synced = rooms.join[roomId]?.timeline.events.find(({ event_id: id }) => id === eventId);
      const contents = [content, found?.['content'], synced?.['content']];
      return contents.map((shown) => (shown as { body?: unknown } | undefined)?.body);
    };
    expect(await seenBy(witness)).toEqual(['unforgettable', 'unforgettable', 'unforgettable']);
    expect(await seenBy(later)).toEqual([undefined, undefined, undefined]);
    const search = {
      search_categories: { room_events: { search_term: 'unforgettable', filter: { rooms: [roomId] } } },
    };
    const hitsOf = async (client: MatrixClient): Promise<number> => {
      const { search_categories: found } = (await client.ask('POST', `${V3}/search`, search)) as {
        search_categories: { room_events: { results: unknown[] } };
      };
      return found.room_events.results.length;
    };
    await expect.poll(() => hitsOf(witness), { timeout: 20_000 }).toBe(1);
    expect(await hitsOf(later)).toBe(0);
  });

  it('refuses what is no boolean', async () => {
    expectError(await alice.call('POST', path, { erase: 'yes' }), 400, 'M_BAD_JSON');
  });
});

describe('POST /refresh', () => {
  it('gives new tokens to a client that said it can refresh', async () => {
    const first = (await logIn({ refresh_token: true })).body;
    expect(first).toMatchObject({ refresh_token: expect.any(String), expires_in_ms: 300_000 });
    const second = await refresh(first['refresh_token']);
    expect(second).toMatchObject({ status: 200, body: { expires_in_ms: 300_000 } });
    expect((await whoAmI(second.body['access_token'])).body).toMatchObject({ device_id: first['device_id'] });
    expectError(await whoAmI(first['access_token']), 401, 'M_UNKNOWN_TOKEN');
    expectError(await refresh(first['refresh_token']), 401, 'M_UNKNOWN_TOKEN');
  });

  it('takes the old refresh token as long as nobody has used the new tokens', async () => {
    const first = (await logIn({ refresh_token: true })).body;
    const lost = await refresh(first['refresh_token']);
    const kept = await refresh(first['refresh_token']);
    expect([lost.status, kept.status]).toEqual([200, 200]);
    expect((await refresh(kept.body['refresh_token'])).status).toBe(200);
    expectError(await refresh(first['refresh_token']), 401, 'M_UNKNOWN_TOKEN');
    expectError(await refresh(lost.body['refresh_token']), 401, 'M_UNKNOWN_TOKEN');
  });

  it('notices that /sync uses the new access token', async () => {
    const first = (await logIn({ refresh_token: true })).body;
    const second = (await refresh(first['refresh_token'])).body;
    const accessToken = String(second['access_token']);
    expect((await http.call('GET', `${V3}/sync`, { accessToken })).status).toBe(200);
    expectError(await refresh(first['refresh_token']), 401, 'M_UNKNOWN_TOKEN');
    expect((await refresh(second['refresh_token'])).status).toBe(200);
  });

  it('gives no refresh token to whom it was not asked for, and knows none that it did not give', async () => {
    expect(alice.session.accessToken).toEqual(expect.any(String));
    expect((await logIn()).body).not.toHaveProperty('refresh_token');
    expectError(await refresh('nonsense'), 401, 'M_UNKNOWN_TOKEN');
    expectError(await refresh(7), 400, 'M_BAD_JSON');
    expectError(await http.call('POST', `${V3}/refresh`, { body: {} }), 400, 'M_MISSING_PARAM');
  });

  it('is over with the device', async () => {
    const { access_token: accessToken, refresh_token: token } = (await logIn({ refresh_token: true })).body;
    await http.call('POST', `${V3}/logout`, { accessToken: String(accessToken) });
    const refused = await refresh(token);
    expectError(refused, 401, 'M_UNKNOWN_TOKEN');
    expect(refused.body['soft_logout'] ?? false).toBe(false);
  });
});

describe('POST /login/get_token', () => {
  it('gives a token for one further login, after the password each time', async () => {
    const path = `${V1}/login/get_token`;
    const asked = await alice.call('POST', path, {});
    expect([asked.status, asked.body['flows']]).toEqual([401, [{ stages: ['m.login.password'] }]]);
    const body = { auth: { ...auth(), session: asked.body['session'] } };
    const given = await alice.ask('POST', path, body);
    expect(given['expires_in_ms']).toBe(120_000);
    expect((await alice.call('POST', path, { auth: { session: asked.body['session'] } })).status).toBe(401);
    const login = { type: 'm.login.token', token: given['login_token'], password: undefined, user: undefined };
    expect((await logIn(login)).body['user_id']).toBe(alice.userId);
    expectError(await logIn(login), 403, 'M_FORBIDDEN');
  });
});

describe('POST /user/{userId}/openid/request_token', () => {
  it('gives a token for oneself only', async () => {
    const token = await alice.ask('POST', openIdPath(alice.userId), {});
    expect(token).toMatchObject({ token_type: 'Bearer', matrix_server_name: 'localhost', expires_in: 3600 });
    expectError(await alice.call('POST', openIdPath(admin.userId), {}), 403, 'M_FORBIDDEN');
  });
});

describe('GET /voip/turnServer', () => {
  it('gives credentials that the TURN server can check', async () => {
    const { username, password, uris, ttl } = await alice.ask('GET', `${V3}/voip/turnServer`);
    expect([uris, ttl]).toEqual([['turn:turn.test?transport=udp'], 3600]);
    const [expiry, ...userId] = String(username).split(':');
    expect(userId.join(':')).toBe(alice.userId);
    expect(Number(expiry) * 1000).toBeGreaterThan(Date.now());
    expect(password).toBe(createHmac('sha1', TURN_SECRET).update(String(username)).digest('base64'));
  });
});

describe('GET /capabilities', () => {
  it('offers moderation to administrators alone', async () => {
    expect(await capabilitiesOf(alice)).not.toHaveProperty(['m.account_moderation']);
    expect(await capabilitiesOf(alice)).toMatchObject({
      'm.change_password': { enabled: true },
      'm.get_login_token': { enabled: true },
    });
    expect(await capabilitiesOf(admin)).toMatchObject({ 'm.account_moderation': { suspend: true, lock: true } });
  });
});

describe.each([
  ['suspend', 'suspended'],
  ['lock', 'locked'],
])('/admin/%s/{userId}', (action, member) => {
  const pathOf = (userId: string) => `${V1}/admin/${action}/${encodeURIComponent(userId)}`;

  it('tells and changes the state', async () => {
    const path = pathOf(alice.userId);
    expect(await admin.ask('GET', path)).toEqual({ [member]: false });
    expect(await admin.ask('PUT', path, { [member]: true })).toEqual({ [member]: true });
    expect(await admin.ask('GET', path)).toEqual({ [member]: true });
    expect(await admin.ask('PUT', path, { [member]: false })).toEqual({ [member]: false });
    expect(await admin.ask('GET', path)).toEqual({ [member]: false });
  });

  it('is for administrators, about users of this server who are none', async () => {
    expectError(await alice.call('GET', pathOf('@nobody:localhost')), 403, 'M_FORBIDDEN');
    expectError(await alice.call('PUT', pathOf('@nobody:localhost'), { [member]: true }), 403, 'M_FORBIDDEN');
    expectError(await admin.call('GET', pathOf('@nobody:localhost')), 404, 'M_NOT_FOUND');
    expectError(await admin.call('PUT', pathOf('@a:elsewhere.test'), { [member]: true }), 400, 'M_INVALID_PARAM');
    expectError(await admin.call('PUT', pathOf(admin.userId), { [member]: true }), 403, 'M_FORBIDDEN');
    expectError(await admin.call('PUT', pathOf(alice.userId), {}), 400, 'M_MISSING_PARAM');
    expectError(await admin.call('PUT', pathOf(alice.userId), { [member]: 'yes' }), 400, 'M_BAD_JSON');
  });
});

describe('a locked account', () => {
  it('can do nothing but log out, and keeps its sessions', async () => {
    const lock = (locked: boolean) =>
      admin.ask('PUT', `${V1}/admin/lock/${encodeURIComponent(alice.userId)}`, { locked });
    const phone = await http.login(alice.userId);
    await lock(true);
    for (const path of ['/account/whoami', '/sync', '/devices']) {
      const refused = await alice.call('GET', `${V3}${path}`);
      expectError(refused, 401, 'M_USER_LOCKED');
      expect(refused.body['soft_logout']).toBe(true);
    }
    expectError(await logIn(), 401, 'M_USER_LOCKED');
    expect(await phone.ask('POST', `${V3}/logout`)).toEqual({});
    await lock(false);
    expect((await whoAmI(alice.session.accessToken)).status).toBe(200);
  });
});

describe('a suspended account', () => {
  it('may read, leave and manage its devices, and neither send nor join', async () => {
    const [roomId, other] = [await alice.createRoom(), await admin.createRoom({ preset: 'public_chat' })];
    await admin.invite(other, alice.userId);
    const [own, foreign] = [await alice.send(roomId, 'before'), await admin.send(other, 'hello')];
    await admin.ask('PUT', `${V1}/admin/suspend/${encodeURIComponent(alice.userId)}`, { suspended: true });
    const room = `${V3}/rooms/${encodeURIComponent(roomId)}`;
    const [say, name] = [{ msgtype: 'm.text', body: 'x' }, { name: 'n' }];
    expectError(await alice.call('PUT', alice.sendPath(roomId, 't'), say), 403, 'M_USER_SUSPENDED');
    expectError(await alice.call('PUT', `${room}/state/m.room.name`, name), 403, 'M_USER_SUSPENDED');
    expectError(await alice.call('POST', `${room}/invite`, { user_id: admin.userId }), 403, 'M_USER_SUSPENDED');
    expectError(await alice.call('POST', `${V3}/createRoom`, {}), 403, 'M_USER_SUSPENDED');
    expectError(await alice.call('POST', `${V3}/knock/${encodeURIComponent(other)}`, {}), 403, 'M_USER_SUSPENDED');
    expectError(await alice.call('POST', `${V3}/join/${encodeURIComponent(other)}`, {}), 403, 'M_USER_SUSPENDED');
    const redact = (at: string, eventId: string) =>
      alice.call('PUT', `${V3}/rooms/${encodeURIComponent(at)}/redact/${encodeURIComponent(eventId)}/r`, {});
    expectError(await redact(other, foreign), 403, 'M_USER_SUSPENDED');
    expect((await redact(roomId, own)).status).toBe(200);
    await alice.leave(other);
    expect((await alice.call('GET', `${room}/messages?dir=b`)).status).toBe(200);
    expect((await alice.call('GET', `${V3}/devices`)).status).toBe(200);
    expect((await logIn()).status).toBe(200);
  });
});
