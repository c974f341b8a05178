import { hashAccessToken } from '@plexus/service-shell';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appserviceSettings } from '../../../../../libs/appservices/test-support/appservice.ts';
import type { AppserviceParts } from '../../../../../libs/appservices/test-support/appservice.ts';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { Answer, Call, ClientApiServer } from '../../../test-support/client-api-server.ts';

const V3 = '/_matrix/client/v3';
const APPSERVICE = 'm.login.application_service';

let server: ClientApiServer;
let names = 0;

beforeAll(async () => {
  server = await startClientApi();
});
afterAll(() => server.stop());
beforeEach(() => {
  const { requests } = server.ports.appservices;
  requests.asked.length = 0;
  requests.make = async () => 'unknown';
  requests.thirdParty = undefined;
});

/** An application service with a name of its own, for its users `@_name_…` and aliases `#_name_…`; its token is `as-name`. */
async function addAppservice(parts: AppserviceParts = {}): Promise<string> {
  names += 1;
  const id = `bridge${names}`;
  const settings = appserviceSettings({ id, users: [`@_${id}_.*`], aliases: [`#_${id}_.*`], ...parts });
  const tokenHash = hashAccessToken(`as-${id}`);
  const { servers = 'all' } = parts;
  await server.ports.appservices.repository.addAppservice({
    id,
    servers,
    settings,
    hsToken: `hs-${id}`,
    origin: 'admin-api',
    tokenHash,
  });
  await server.ports.accounts.addUser({ userId: `@${id}bot:one.example`, passwordHash: undefined });
  return id;
}

function errorOf({ status, body }: Answer): unknown {
  return [status, body['errcode']];
}

function register(id: string, body: object, call: Call = {}): Promise<Answer> {
  const token = `as-${id}`;
  return server.call('POST', `${V3}/register`, { token, body: { type: APPSERVICE, ...body }, ...call });
}

async function logIn(id: string, user: string, token = `as-${id}`): Promise<Answer> {
  const body = { type: APPSERVICE, identifier: { type: 'm.id.user', user }, device_id: 'D' };
  return server.call('POST', `${V3}/login`, { token, body });
}

function ping(id: string, token: string, body: object = {}): Promise<Answer> {
  return server.call('POST', `/_matrix/client/v1/appservice/${id}/ping`, { token, body });
}

function newName(): string {
  names += 1;
  return `user${names}`;
}

describe('registration by an application service', () => {
  it('needs no password, and says who registered the user', async () => {
    const id = await addAppservice();
    const answer = await register(id, { username: `_${id}_a`, device_id: 'D' });
    const userId = `@_${id}_a:one.example`;
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ user_id: userId, device_id: 'D', access_token: expect.any(String) });
    expect(server.ports.accounts.users.get(userId)).toMatchObject({ registeredBy: id, passwordHash: undefined });
  });

  it('gives no token where none is wanted', async () => {
    const id = await addAppservice();
    const answer = await register(id, { username: `_${id}_a`, inhibit_login: true });
    expect(answer.body).toEqual({ user_id: `@_${id}_a:one.example`, home_server: 'one.example' });
  });

  it('is refused outside of its namespaces, and in others’ exclusive ones', async () => {
    const [id, other] = [await addAppservice({ users: ['@.*'] }), await addAppservice()];
    expect(errorOf(await register(other, { username: newName() }))).toEqual([400, 'M_EXCLUSIVE']);
    expect(errorOf(await register(id, { username: `_${other}_a` }))).toEqual([400, 'M_EXCLUSIVE']);
    await server.ports.appservices.repository.removeAppservice(id);
  });

  it('is refused without a name, with a bad one, and for one that is taken', async () => {
    const id = await addAppservice();
    expect(errorOf(await register(id, {}))).toEqual([400, 'M_MISSING_PARAM']);
    expect(errorOf(await register(id, { username: `_${id}_ä` }))).toEqual([400, 'M_INVALID_USERNAME']);
    await register(id, { username: `_${id}_a` });
    expect(errorOf(await register(id, { username: `_${id}_a` }))).toEqual([400, 'M_USER_IN_USE']);
  });

  it('is refused without the token of one', async () => {
    const id = await addAppservice();
    const body = { type: APPSERVICE, username: `_${id}_a` };
    expect(errorOf(await server.call('POST', `${V3}/register`, { body }))).toEqual([401, 'M_MISSING_TOKEN']);
    expect(errorOf(await register(id, body, { token: 'other' }))).toEqual([401, 'M_UNKNOWN_TOKEN']);
    const token = await server.register(newName());
    expect(errorOf(await register(id, body, { token }))).toEqual([401, 'M_UNKNOWN_TOKEN']);
  });

  it('inhibits the login where it makes its devices itself', async () => {
    const id = await addAppservice({ managesDevices: true });
    const unsupported = [400, 'M_APPSERVICE_LOGIN_UNSUPPORTED'];
    expect(errorOf(await register(id, { username: `_${id}_a` }))).toEqual(unsupported);
    expect((await register(id, { username: `_${id}_a`, inhibit_login: true })).status).toBe(200);
    const identifier = { type: 'm.id.user', user: `_${id}_a` };
    const body = { type: APPSERVICE, identifier };
    expect(errorOf(await server.call('POST', `${V3}/login`, { token: `as-${id}`, body }))).toEqual(unsupported);
  });

  it('keeps everybody else out of its exclusive namespaces', async () => {
    const id = await addAppservice();
    const body = { username: `_${id}_a`, password: 'x', auth: { type: 'm.login.dummy' } };
    expect(errorOf(await server.call('POST', `${V3}/register`, { body }))).toEqual([400, 'M_EXCLUSIVE']);
    const available = `${V3}/register/available?username=_${id}_a`;
    expect(errorOf(await server.call('GET', available))).toEqual([400, 'M_EXCLUSIVE']);
    const bot = { ...body, username: `${id}bot` };
    expect(errorOf(await server.call('POST', `${V3}/register`, { body: bot }))).toEqual([400, 'M_EXCLUSIVE']);
  });
});

describe('login by an application service', () => {
  it('needs no password', async () => {
    const id = await addAppservice();
    await register(id, { username: `_${id}_a`, inhibit_login: true });
    for (const user of [`_${id}_a`, `@_${id}_a:one.example`]) {
      const answer = await logIn(id, user);
      expect([answer.status, answer.body['device_id']]).toEqual([200, 'D']);
      const me = await server.call('GET', `${V3}/account/whoami`, { token: String(answer.body['access_token']) });
      expect(me.body['user_id']).toBe(`@_${id}_a:one.example`);
    }
  });

  it('is refused outside of its namespaces, for nobody, and without the token of one', async () => {
    const id = await addAppservice();
    const name = newName();
    const token = await server.register(name);
    expect(errorOf(await logIn(id, name))).toEqual([403, 'M_EXCLUSIVE']);
    expect(errorOf(await logIn(id, `_${id}_nobody`))).toEqual([403, 'M_FORBIDDEN']);
    expect(errorOf(await logIn(id, name, token))).toEqual([401, 'M_UNKNOWN_TOKEN']);
  });
});

describe('acting as users', () => {
  it('knows the user and the device', async () => {
    const id = await addAppservice();
    await register(id, { username: `_${id}_a`, device_id: 'D' });
    const whoAmI = async (query: string) =>
      (await server.call('GET', `${V3}/account/whoami?${query}`, { token: `as-${id}` })).body;
    const userId = `@_${id}_a:one.example`;
    expect(await whoAmI('')).toEqual({ user_id: `@${id}bot:one.example`, is_guest: false });
    expect(await whoAmI(`user_id=${userId}`)).toEqual({ user_id: userId, is_guest: false });
    const device = { user_id: userId, device_id: 'D', is_guest: false };
    expect(await whoAmI(`user_id=${userId}&device_id=D`)).toEqual(device);
    expect(await whoAmI(`user_id=${userId}&device_id=E`)).toMatchObject({ errcode: 'M_UNKNOWN_DEVICE' });
  });

  it('makes and removes devices without asking for a password', async () => {
    const id = await addAppservice();
    await register(id, { username: `_${id}_a`, inhibit_login: true });
    const as = `user_id=@_${id}_a:one.example`;
    const call = (method: string, path: string, body: object) =>
      server.call(method, `${V3}${path}?${as}`, { token: `as-${id}`, body });
    const named = { display_name: 'Phone' };
    const statuses = [await call('PUT', '/devices/D', named), await call('PUT', '/devices/D', {})];
    expect(statuses.map(({ status }) => status)).toEqual([201, 200]);
    const devices = await server.call('GET', `${V3}/devices?${as}`, { token: `as-${id}` });
    expect(devices.body).toEqual({ devices: [{ device_id: 'D', display_name: 'Phone' }] });
    expect((await call('DELETE', '/devices/D', {})).status).toBe(200);
    await call('PUT', '/devices/E', {});
    expect((await call('POST', '/delete_devices', { devices: ['E'] })).status).toBe(200);
    expect((await server.call('GET', `${V3}/devices?${as}`, { token: `as-${id}` })).body).toEqual({ devices: [] });
  });

  it('needs a device to upload keys', async () => {
    const id = await addAppservice();
    const answer = await server.call('POST', `${V3}/keys/upload`, { token: `as-${id}`, body: {} });
    expect(errorOf(answer)).toEqual([400, 'M_MISSING_PARAM']);
  });

  it.each(['-1', '1.5', 'now', '99999999999999999', ''])('refuses to send at the time "%s"', async (ts) => {
    const id = await addAppservice();
    const path = `${V3}/rooms/!r:one.example/send/m.room.message/t?ts=${ts}`;
    const answer = await server.call('PUT', path, { token: `as-${id}`, body: {} });
    expect(errorOf(answer)).toEqual([400, 'M_INVALID_PARAM']);
  });
});

describe('a list of addresses', () => {
  const entrances: [string, string, (id: string) => object | undefined][] = [
    ['GET', `${V3}/account/whoami`, () => undefined],
    ['POST', `${V3}/register`, (id) => ({ type: APPSERVICE, username: `_${id}_b` })],
    ['POST', `${V3}/login`, (id) => ({ type: APPSERVICE, identifier: { type: 'm.id.user', user: `${id}bot` } })],
    ['POST', '/_matrix/client/v1/appservice/ID/ping', () => ({})],
    ['PUT', `${V3}/directory/list/appservice/irc/!r:one.example`, () => ({ visibility: 'public' })],
    ['PUT', `${V3}/devices/D`, () => ({})],
    ['GET', `${V3}/thirdparty/protocols`, () => undefined],
    ['POST', `${V3}/createRoom`, () => ({})],
  ];

  it.each(entrances)('is kept by %s %s', async (method, path, bodyOf) => {
    const id = await addAppservice({ ipRangeWhitelist: ['10.0.0.0/8', '2001:db8::/32'] });
    const body = bodyOf(id);
    const as = path.includes('?') ? '&' : '?';
    const call = (forwardedFor: string | undefined, query: string, token?: string) =>
      server.call(method, `${path.replace('ID', id)}${as}${query}`, {
        ...(token !== undefined && { token }),
        ...(body !== undefined && { body }),
        ...(forwardedFor !== undefined && { forwardedFor }),
      });
    const before = server.ports.blocked.length;
    // The client's own words are on the left: the proxy's are on the right.
    for (const address of ['192.0.2.1', '10.0.0.1, 192.0.2.1', '2001:db9::1', 'unknown', undefined]) {
      for (const [query, token] of [
        ['', `as-${id}`],
        [`access_token=as-${id}`, undefined],
      ] as const) {
        const answer = await call(address, query, token);
        expect(errorOf(answer)).toEqual([401, 'M_UNKNOWN_TOKEN']);
        expect(answer.body['soft_logout']).toBe(false);
      }
    }
    expect(server.ports.blocked.length - before).toBe(10);
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.1, 10.1.2.3', '2001:db8::5']) {
      expect((await call(address, '', `as-${id}`)).status).not.toBe(401);
    }
  });
});

describe('exclusive aliases', () => {
  it('are for nobody else to make or to remove', async () => {
    const id = await addAppservice();
    const token = await server.register(newName());
    const alias = encodeURIComponent(`#_${id}_a:one.example`);
    const path = `${V3}/directory/room/${alias}`;
    const body = { room_id: '!r:one.example' };
    expect(errorOf(await server.call('PUT', path, { token, body }))).toEqual([400, 'M_EXCLUSIVE']);
    expect(errorOf(await server.call('DELETE', path, { token }))).toEqual([400, 'M_EXCLUSIVE']);
    const room = { room_alias_name: `_${id}_b` };
    expect(errorOf(await server.call('POST', `${V3}/createRoom`, { token, body: room }))).toEqual([400, 'M_EXCLUSIVE']);
    expect((await server.call('PUT', path, { token: `as-${id}`, body })).status).toBe(200);
    const outside = `${V3}/directory/room/${encodeURIComponent('#free:one.example')}`;
    expect(errorOf(await server.call('PUT', outside, { token: `as-${id}`, body }))).toEqual([400, 'M_EXCLUSIVE']);
    const stranger = await addAppservice();
    expect(errorOf(await server.call('DELETE', path, { token: `as-${stranger}` }))).toEqual([400, 'M_EXCLUSIVE']);
    expect((await server.call('DELETE', path, { token: `as-${id}` })).status).toBe(200);
  });
});

describe('what is not there', () => {
  it('is asked for: users', async () => {
    const id = await addAppservice();
    const { requests } = server.ports.appservices;
    const userId = `@_${id}_new:one.example`;
    requests.make = async () => {
      await server.ports.accounts.addUser({ userId, passwordHash: undefined, displayName: 'New' });
      return 'exists';
    };
    const profile = await server.call('GET', `${V3}/profile/${userId}`);
    expect(profile.body).toEqual({ displayname: 'New' });
    await server.call('GET', `${V3}/profile/${userId}`);
    expect(requests.asked).toEqual([`user ${id} ${userId}`]);
    expect((await server.call('GET', `${V3}/profile/@nobody:one.example`)).status).toBe(404);
    expect(requests.asked).toHaveLength(1);
  });

  it('is asked for: aliases, but not of who asks for them', async () => {
    const id = await addAppservice();
    const { requests } = server.ports.appservices;
    const alias = `#_${id}_new:one.example`;
    const path = `${V3}/directory/room/${encodeURIComponent(alias)}`;
    expect((await server.call('GET', path, { token: `as-${id}` })).status).toBe(404);
    expect(requests.asked).toEqual([]);
    const token = await server.register(newName());
    expect((await server.call('GET', path, { token })).status).toBe(404);
    const join = `${V3}/join/${encodeURIComponent(alias)}`;
    expect((await server.call('POST', join, { token, body: {} })).status).toBe(404);
    expect(requests.asked).toEqual([`alias ${id} ${alias}`, `alias ${id} ${alias}`]);
  });
});

describe('POST /appservice/{id}/ping', () => {
  it('is for the application service alone', async () => {
    const [id, other] = [await addAppservice(), await addAppservice()];
    const { requests } = server.ports.appservices;
    requests.pinged = { outcome: 'answered', status: 200, body: '{}', durationMs: 7 };
    const answer = await ping(id, `as-${id}`, { transaction_id: 'mautrix' });
    expect([answer.status, answer.body]).toEqual([200, { duration_ms: 7 }]);
    expect(requests.asked).toEqual([`ping ${id} mautrix`, `retry ${id}`]);
    expect(errorOf(await ping(id, `as-${other}`))).toEqual([403, 'M_FORBIDDEN']);
    expect(errorOf(await ping(id, await server.register(newName())))).toEqual([403, 'M_FORBIDDEN']);
    expect(errorOf(await ping(id, 'unknown'))).toEqual([401, 'M_UNKNOWN_TOKEN']);
  });
});

describe('third-party networks', () => {
  it('are asked by the fields of the query, without who asks', async () => {
    const id = await addAppservice({ protocols: ['irc'] });
    const token = await server.register(newName());
    const { requests } = server.ports.appservices;
    requests.thirdParty = [{ alias: '#a:one.example', protocol: 'irc', fields: {} }];
    const path = `${V3}/thirdparty/location/irc?channel=%23a&access_token=${token}`;
    const answer = await server.call('GET', path);
    expect(answer.body).toEqual([{ alias: '#a:one.example', protocol: 'irc', fields: {} }]);
    const question = { kind: 'locations', protocol: 'irc', fields: { channel: '#a' } };
    expect(requests.asked).toContain(`third-party ${id} ${JSON.stringify(question)}`);
    expect(requests.asked.join()).not.toContain(token);
    expect(errorOf(await server.call('GET', `${V3}/thirdparty/user`, { token }))).toEqual([400, 'M_MISSING_PARAM']);
    expect(errorOf(await server.call('GET', `${V3}/thirdparty/protocol/none`, { token }))).toEqual([
      404,
      'M_NOT_FOUND',
    ]);
  });
});
