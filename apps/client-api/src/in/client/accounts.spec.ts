import {
  capabilitiesResponse,
  loginFlowsResponse,
  loginResponse,
  registerResponse,
  versionsResponse,
  whoAmIResponse,
} from '@plexus/matrix-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { Answer, ClientApiServer } from '../../../test-support/client-api-server.ts';

const V3 = '/_matrix/client/v3';
const DUMMY = { type: 'm.login.dummy' };

let server: ClientApiServer;
let users = 0;

beforeAll(async () => {
  server = await startClientApi();
});
afterAll(() => server.stop());

function newName(): string {
  return `user${++users}`;
}

function errorOf({ status, body }: Answer): [number, unknown] {
  return [status, body['errcode']];
}

async function post(path: string, body?: unknown, token?: string): Promise<Answer> {
  return server.call('POST', `${V3}${path}`, { body, ...(token !== undefined && { token }) });
}

async function logIn(body: object): Promise<Answer> {
  return post('/login', { type: 'm.login.password', password: 'password', ...body });
}

describe('GET /versions', () => {
  it('needs no token and names versions', async () => {
    const answer = await server.call('GET', '/_matrix/client/versions');
    expect(answer.status).toBe(200);
    expect(versionsResponse.check(answer.body).outcome).toBe('ok');
    expect(answer.body['versions']).toContain('v1.19');
  });
});

describe('GET /capabilities', () => {
  it('tells clients which room versions there are, and what they cannot change', async () => {
    const token = await server.register(newName());
    const { status, body } = await server.call('GET', `${V3}/capabilities`, { token });
    expect([status, capabilitiesResponse.check(body).outcome]).toEqual([200, 'ok']);
    expect(body['capabilities']).toMatchObject({
      'm.room_versions': { default: '12', available: { '1': 'stable', '12': 'stable' } },
      'm.change_password': { enabled: true },
    });
  });

  it('is for users only', async () => {
    expect(errorOf(await server.call('GET', `${V3}/capabilities`))).toEqual([401, 'M_MISSING_TOKEN']);
  });
});

describe('GET /pushrules', () => {
  it('gives every user the predefined rules, those about mentions with their own id', async () => {
    const username = newName();
    const token = await server.register(username);
    const all = await server.call('GET', `${V3}/pushrules/`, { token });
    const global = await server.call('GET', `${V3}/pushrules/global/`, { token });
    expect([all.status, all.body['global']]).toEqual([200, global.body]);
    expect(global.body['override']).toContainEqual(
      expect.objectContaining({
        rule_id: '.m.rule.is_user_mention',
        conditions: [expect.objectContaining({ value: expect.stringContaining(`@${username}:`) })],
      }),
    );
  });
});

describe('POST /register', () => {
  it('keeps the language that the client asks for', async () => {
    const languages = ['fr-CH, fr;q=0.9, en;q=0.8', '*', 'x;;;'];
    const kept: unknown[] = [];
    for (const language of languages) {
      const username = newName();
      const answer = await server.call('POST', `${V3}/register`, { body: { username, auth: DUMMY }, language });
      kept.push((await server.ports.users.findUser(String(answer.body['user_id'])))?.language);
    }
    expect(kept).toEqual(['fr-ch', undefined, undefined]);
  });

  it('asks for m.login.dummy first, with a session', async () => {
    const answer = await post('/register', { username: newName(), password: 'x' });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ flows: [{ stages: ['m.login.dummy'] }], params: {} });
    expect(answer.body['session']).toEqual(expect.any(String));
  });

  it('registers a user and logs them in', async () => {
    const username = newName();
    const answer = await post('/register', { username, password: 'x', auth: DUMMY, device_id: 'D' });
    expect(answer.status).toBe(200);
    expect(registerResponse.check(answer.body).outcome).toBe('ok');
    expect(answer.body).toMatchObject({ user_id: `@${username}:one.example`, device_id: 'D' });
    const me = await server.call('GET', `${V3}/account/whoami`, { token: String(answer.body['access_token']) });
    expect(me.body).toEqual({ user_id: `@${username}:one.example`, device_id: 'D', is_guest: false });
    expect(whoAmIResponse.check(me.body).outcome).toBe('ok');
  });

  it('goes on with the session that it gave', async () => {
    const body = { username: newName(), password: 'x' };
    const { session } = (await post('/register', body)).body;
    expect((await post('/register', { ...body, auth: { ...DUMMY, session } })).status).toBe(200);
  });

  it('gives no token where the client wants none', async () => {
    const answer = await post('/register', { username: newName(), password: 'x', auth: DUMMY, inhibit_login: true });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body).sort()).toEqual(['home_server', 'user_id']);
  });

  it('makes up a name where the client has none', async () => {
    const answer = await post('/register', { password: 'x', auth: DUMMY });
    expect(answer.body['user_id']).toMatch(/^@[a-z]{16}:one\.example$/);
  });

  it('refuses a name that is taken, before and after authentication', async () => {
    const username = newName();
    await post('/register', { username, auth: DUMMY });
    expect(errorOf(await post('/register', { username }))).toEqual([400, 'M_USER_IN_USE']);
    expect(errorOf(await post('/register', { username, auth: DUMMY }))).toEqual([400, 'M_USER_IN_USE']);
  });

  it.each(['Alice', 'ä', 'a b', '', '@a', 'a:b', 'a\u0000', 'x'.repeat(250)])(
    'refuses the name %j with M_INVALID_USERNAME',
    async (username) => {
      expect(errorOf(await post('/register', { username, auth: DUMMY }))).toEqual([400, 'M_INVALID_USERNAME']);
    },
  );

  it.each<[string, unknown, string]>([
    ['no JSON', 'hello', 'M_NOT_JSON'],
    ['a list', [], 'M_BAD_JSON'],
    ['a username that is a number', { username: 5 }, 'M_BAD_JSON'],
    ['an auth that is a string', { auth: 'x' }, 'M_BAD_JSON'],
    ['an overlong password', { auth: DUMMY, password: 'x'.repeat(5000) }, 'M_BAD_JSON'],
    ['a device id with a zero byte', { auth: DUMMY, device_id: 'a\u0000' }, 'M_INVALID_PARAM'],
  ])('refuses %s', async (_what, body, errcode) => {
    expect(errorOf(await post('/register', body))).toEqual([400, errcode]);
  });

  it('asks again for a stage that it does not offer', async () => {
    const answer = await post('/register', { username: newName(), auth: { type: 'm.login.password' } });
    expect(answer.status).toBe(401);
    expect(answer.body['flows']).toBeDefined();
  });

  it('refuses guests where they are not let in, and an unknown kind', async () => {
    expect(errorOf(await post('/register?kind=guest', {}))).toEqual([403, 'M_GUEST_ACCESS_FORBIDDEN']);
    expect(errorOf(await post('/register?kind=king', {}))).toEqual([400, 'M_INVALID_PARAM']);
  });

  it('is closed where the server says so', async () => {
    await server.ports.servers.changeServer('one.example', { settings: { registration: { enabled: false } } });
    expect(errorOf(await post('/register', { username: newName(), auth: DUMMY }))).toEqual([403, 'M_FORBIDDEN']);
    await server.ports.servers.changeServer('one.example', { settings: {} });
  });

  it('lets guests in where the server says so, and keeps them from what is not theirs', async () => {
    await server.ports.servers.changeServer('one.example', { settings: { registration: { guests: true } } });
    const guest = await post('/register?kind=guest', { device_id: 'mine' });
    await server.ports.servers.changeServer('one.example', { settings: {} });
    expect(guest.status).toBe(200);
    expect(guest.body['device_id']).not.toBe('mine');
    const token = String(guest.body['access_token']);
    expect((await server.call('GET', `${V3}/account/whoami`, { token })).body).toMatchObject({ is_guest: true });
    expect(errorOf(await post('/createRoom', {}, token))).toEqual([403, 'M_GUEST_ACCESS_FORBIDDEN']);
  });
});

describe('GET /register/available', () => {
  it.each([
    ['a free name', 'username=free', [200, undefined]],
    ['a bad name', 'username=Bad', [400, 'M_INVALID_USERNAME']],
    ['no name', '', [400, 'M_MISSING_PARAM']],
    ['two names', 'username=a&username=b', [400, 'M_INVALID_PARAM']],
  ])('answers %s', async (_what, query, expected) => {
    expect(errorOf(await server.call('GET', `${V3}/register/available?${query}`))).toEqual(expected);
  });

  it('answers a taken name with M_USER_IN_USE', async () => {
    const username = newName();
    await server.register(username);
    const answer = await server.call('GET', `${V3}/register/available?username=${username}`);
    expect(errorOf(answer)).toEqual([400, 'M_USER_IN_USE']);
  });
});

describe('POST /login', () => {
  it('is offered for passwords', async () => {
    const answer = await server.call('GET', `${V3}/login`);
    expect(loginFlowsResponse.check(answer.body).outcome).toBe('ok');
    expect(answer.body).toEqual({
      flows: [
        { type: 'm.login.password' },
        { type: 'm.login.token', get_login_token: true },
        { type: 'm.login.application_service' },
      ],
    });
  });

  it('takes a localpart, a user id, and the deprecated key', async () => {
    const username = newName();
    await server.register(username);
    const userId = `@${username}:one.example`;
    for (const body of [
      { identifier: { type: 'm.id.user', user: username } },
      { identifier: { type: 'm.id.user', user: userId } },
      { user: username },
    ]) {
      const answer = await logIn(body);
      expect(answer.status).toBe(200);
      expect(loginResponse.check(answer.body).outcome).toBe('ok');
      expect(answer.body['user_id']).toBe(userId);
    }
  });

  it('voids the former token of a device that logs in again', async () => {
    const username = newName();
    const former = await server.register(username);
    expect((await server.call('GET', `${V3}/account/whoami`, { token: former })).status).toBe(200);
    await logIn({ user: username, device_id: 'DEVICE' });
    expect(errorOf(await server.call('GET', `${V3}/account/whoami`, { token: former }))).toEqual([
      401,
      'M_UNKNOWN_TOKEN',
    ]);
  });

  it('refuses a wrong password and an unknown user alike', async () => {
    const username = newName();
    await server.register(username);
    const wrong = await logIn({ user: username, password: 'other' });
    const unknown = await logIn({ user: 'nobody' });
    expect(errorOf(wrong)).toEqual([403, 'M_FORBIDDEN']);
    expect(unknown.body).toEqual(wrong.body);
    expect(errorOf(await logIn({ user: '@a:elsewhere.example' }))).toEqual([403, 'M_FORBIDDEN']);
  });

  it('tells a deactivated user so only with the right name', async () => {
    const username = newName();
    await server.register(username);
    await server.ports.accounts.deactivateUser(`@${username}:one.example`);
    expect(errorOf(await logIn({ user: username }))).toEqual([403, 'M_USER_DEACTIVATED']);
  });

  it.each<[string, unknown, [number, string]]>([
    ['an unknown type', { type: 'm.login.magic' }, [400, 'M_UNKNOWN']],
    ['an appservice without its token', { type: 'm.login.application_service' }, [401, 'M_MISSING_TOKEN']],
    ['no type', { user: 'a' }, [400, 'M_MISSING_PARAM']],
    ['nobody', { type: 'm.login.password', password: 'x' }, [400, 'M_MISSING_PARAM']],
    ['no password', { type: 'm.login.password', user: 'a' }, [400, 'M_MISSING_PARAM']],
    [
      'a phone number',
      { type: 'm.login.password', password: 'x', identifier: { type: 'm.id.phone' } },
      [400, 'M_UNKNOWN'],
    ],
    ['a number for a user', { type: 'm.login.password', password: 'x', user: 1 }, [400, 'M_BAD_JSON']],
    ['a user with a zero byte', { type: 'm.login.password', password: 'x', user: 'a\u0000' }, [403, 'M_FORBIDDEN']],
    [
      'a user with half a surrogate',
      '{"type":"m.login.password","user":"\\ud800","password":"x"}',
      [400, 'M_BAD_JSON'],
    ],
  ])('refuses %s', async (_what, body, expected) => {
    expect(errorOf(await post('/login', body))).toEqual(expected);
  });
});

describe('POST /logout', () => {
  it('voids the token at once', async () => {
    const token = await server.register(newName());
    expect((await post('/logout', undefined, token)).status).toBe(200);
    expect(errorOf(await server.call('GET', `${V3}/account/whoami`, { token }))).toEqual([401, 'M_UNKNOWN_TOKEN']);
  });

  it('leaves the other devices alone; /logout/all does not', async () => {
    const username = newName();
    const one = await server.register(username);
    const other = await post('/login', { type: 'm.login.password', user: username, password: 'password' });
    const token = String(other.body['access_token']);
    await post('/logout', undefined, one);
    expect((await server.call('GET', `${V3}/account/whoami`, { token })).status).toBe(200);
    await post('/logout/all', undefined, token);
    expect(errorOf(await server.call('GET', `${V3}/account/whoami`, { token }))).toEqual([401, 'M_UNKNOWN_TOKEN']);
  });

  it('needs a token', async () => {
    expect(errorOf(await post('/logout'))).toEqual([401, 'M_MISSING_TOKEN']);
    expect(errorOf(await post('/logout', undefined, 'wrong'))).toEqual([401, 'M_UNKNOWN_TOKEN']);
  });
});

describe('filters', () => {
  it('are stored once and given back', async () => {
    const username = newName();
    const token = await server.register(username);
    const path = `/user/@${username}:one.example/filter`;
    const definition = { room: { timeline: { limit: 5 } }, 'org.example.extra': [1.5] };
    const first = await post(path, definition, token);
    expect(first).toMatchObject({ status: 200, body: { filter_id: '0' } });
    expect((await post(path, definition, token)).body).toEqual({ filter_id: '0' });
    expect((await server.call('GET', `${V3}${path}/0`, { token })).body).toEqual(definition);
    expect(errorOf(await server.call('GET', `${V3}${path}/9`, { token }))).toEqual([404, 'M_NOT_FOUND']);
    expect(errorOf(await server.call('GET', `${V3}${path}/x`, { token }))).toEqual([404, 'M_NOT_FOUND']);
  });

  it('of others are out of reach, and bad ones are refused', async () => {
    const username = newName();
    const token = await server.register(username);
    expect(errorOf(await post('/user/@other:one.example/filter', {}, token))).toEqual([403, 'M_FORBIDDEN']);
    const bad = await post(`/user/@${username}:one.example/filter`, { room: { timeline: { limit: 'x' } } }, token);
    expect(errorOf(bad)).toEqual([400, 'M_BAD_JSON']);
  });

  it('refuses numbers that cannot be kept', async () => {
    const username = newName();
    const token = await server.register(username);
    const answer = await post(`/user/@${username}:one.example/filter`, Buffer.from('{"a":1e400}'), token);
    expect(errorOf(answer)).toEqual([400, 'M_BAD_JSON']);
  });
});

describe('hosted servers', () => {
  it('are chosen by Host, and the token decides where there is one', async () => {
    const { ports } = server;
    const seed = Buffer.alloc(32, 9);
    await ports.servers.addServer({
      serverName: 'two.example',
      settings: {},
      origin: 'admin-api',
      keyId: 'ed25519:a',
      seed,
    });
    const username = newName();
    const body = { username, auth: DUMMY };
    const two = await server.call('POST', `${V3}/register`, { body, host: 'two.example:8008' });
    expect(two.body['user_id']).toBe(`@${username}:two.example`);
    const token = String(two.body['access_token']);
    const me = await server.call('GET', `${V3}/account/whoami`, { token, host: 'one.example' });
    expect(me.body['user_id']).toBe(`@${username}:two.example`);
    const nowhere = await server.call('POST', `${V3}/register`, { body, host: 'three.example' });
    expect(errorOf(nowhere)).toEqual([404, 'M_UNRECOGNIZED']);

    await ports.servers.changeServer('two.example', { status: 'suspended' });
    expect(errorOf(await server.call('GET', `${V3}/account/whoami`, { token }))).toEqual([403, 'M_FORBIDDEN']);
    const closed = await server.call('POST', `${V3}/register`, { body, host: 'two.example' });
    expect(errorOf(closed)).toEqual([403, 'M_FORBIDDEN']);
    ports.servers.remove('two.example');
  });

  it('have well-known documents of their own', async () => {
    const document = (name: string) => server.call('GET', `/.well-known/matrix/${name}`, { host: 'one.example' });
    expect(errorOf(await document('client'))).toEqual([404, 'M_NOT_FOUND']);
    await server.ports.servers.changeServer('one.example', {
      settings: { publicBaseUrl: 'https://matrix.one.example' },
    });
    expect((await document('client')).body).toEqual({ 'm.homeserver': { base_url: 'https://matrix.one.example' } });
    expect((await document('server')).body).toEqual({ 'm.server': 'matrix.one.example:443' });
    await server.ports.servers.changeServer('one.example', {
      settings: { publicBaseUrl: 'https://matrix.one.example', wellKnown: { enabled: false, server: 'x:1' } },
    });
    expect(errorOf(await document('server'))).toEqual([404, 'M_NOT_FOUND']);
    expect(errorOf(await document('policy_server'))).toEqual([404, 'M_NOT_FOUND']);
    await server.ports.servers.changeServer('one.example', { settings: { policyServer: { publicKey: 'k' } } });
    expect((await document('policy_server')).body).toEqual({ public_keys: { ed25519: 'k' } });
    await server.ports.servers.changeServer('one.example', { settings: {} });
  });
});
