import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixHttp, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const V3 = '/_matrix/client/v3';
const DUMMY = { type: 'm.login.dummy' };

let http: MatrixHttp;
beforeAll(async () => {
  http = await specified();
});

function register(body: Json, query = ''): Promise<Reply> {
  return http.call('POST', `${V3}/register${query}`, { body });
}

function whoAmI(accessToken: unknown): Promise<Reply> {
  return http.call('GET', `${V3}/account/whoami`, { accessToken: String(accessToken) });
}

describe('POST /register', () => {
  it('asks for the stages, and takes them with the session that it gave', async () => {
    const username = uniqueName('staged');
    const asked = await register({ username, password: 'p' });
    expect(asked.status).toBe(401);
    expect(asked.body).toMatchObject({ flows: [{ stages: ['m.login.dummy'] }], session: expect.any(String) });
    expect(asked.body).not.toHaveProperty('errcode');
    const made = await register({ username, password: 'p', auth: { ...DUMMY, session: asked.body['session'] } });
    expect(made).toMatchObject({ status: 200, body: { user_id: `@${username}:localhost` } });
    const who = await whoAmI(made.body['access_token']);
    expect(who.body).toEqual({ user_id: `@${username}:localhost`, device_id: made.body['device_id'], is_guest: false });
  });

  it('asks again, with the same session, after a stage that is not offered', async () => {
    const body = { username: uniqueName('staged') };
    const { session } = (await register(body)).body;
    const asked = await register({ ...body, auth: { type: 'm.login.recaptcha', session } });
    expect(asked.status).toBe(401);
    expect(asked.body).toMatchObject({ session, completed: [], errcode: expect.stringMatching(/^M_/) });
  });

  it('gives another session for one that it does not know', async () => {
    const asked = await register({ username: uniqueName('staged'), auth: { session: 'mine' } });
    expect([asked.status, asked.body['errcode']]).toEqual([401, undefined]);
    expect(asked.body['session']).not.toBe('mine');
  });

  it('gives the same user to a client that repeats the request, having lost the answer', async () => {
    const body = { username: uniqueName('lost'), password: 'p' };
    const { session } = (await register(body)).body;
    const first = await register({ ...body, auth: { ...DUMMY, session } });
    const second = await register({ ...body, auth: { ...DUMMY, session } });
    expect([first.status, second.status, second.body['user_id']]).toEqual([200, 200, first.body['user_id']]);
    expectError(await register({ ...body, auth: DUMMY }), 400, 'M_USER_IN_USE');
  });

  it('upgrades a guest, who keeps name and session', async () => {
    const guest = (await register({}, '?kind=guest')).body;
    const [token, userId] = [String(guest['access_token']), String(guest['user_id'])];
    const username = userId.slice(1, userId.indexOf(':'));
    const upgrade = { guest_access_token: token, password: 'p', auth: DUMMY };
    expectError(await register({ ...upgrade, username: uniqueName('other') }), 400, 'M_INVALID_USERNAME');
    expectError(await register({ ...upgrade, username, guest_access_token: 'nonsense' }), 403, 'M_FORBIDDEN');
    expect((await register({ ...upgrade, username })).body).toMatchObject({ user_id: userId });
    expect((await whoAmI(token)).body).toMatchObject({ user_id: userId, is_guest: false });
    expectError(await register({ ...upgrade, username }), 403, 'M_FORBIDDEN');
  });

  it('makes a device of the given id and none with inhibit_login', async () => {
    const chosen = await register({ username: uniqueName('u'), auth: DUMMY, device_id: 'PHONE' });
    expect(chosen.body).toMatchObject({ device_id: 'PHONE', access_token: expect.any(String) });
    const inhibited = await register({ username: uniqueName('u'), auth: DUMMY, inhibit_login: true });
    expect(inhibited.status).toBe(200);
    expect(inhibited.body).not.toHaveProperty('access_token');
    expect(inhibited.body).not.toHaveProperty('device_id');
  });

  it('chooses a name where none is given', async () => {
    const [one, other] = [await register({ auth: DUMMY }), await register({ auth: DUMMY })];
    expect(one.body['user_id']).toMatch(/^@.+:localhost$/);
    expect(one.body['user_id']).not.toBe(other.body['user_id']);
  });

  it('makes guests, with an id and a device of the server’s choice', async () => {
    const guest = await register({ username: 'ignored', device_id: 'MINE', inhibit_login: true }, '?kind=guest');
    expect(guest.status).toBe(200);
    expect(guest.body['user_id']).not.toBe('@ignored:localhost');
    expect(guest.body['device_id']).not.toBe('MINE');
    expect((await whoAmI(guest.body['access_token'])).body).toMatchObject({ is_guest: true });
  });

  it('says that a name is taken before it asks for a stage', async () => {
    const username = uniqueName('taken');
    await http.register(username);
    expectError(await register({ username }), 400, 'M_USER_IN_USE');
    expectError(await register({ username, auth: DUMMY }), 400, 'M_USER_IN_USE');
  });

  it.each([['UPPER'], ['white space'], ['a:b'], ['@sigil'], ['umläut'], [''], ['a'.repeat(250)], ['nul\u0000']])(
    'refuses the name %j',
    async (username) => {
      expectError(await register({ username, auth: DUMMY }), 400, 'M_INVALID_USERNAME');
    },
  );

  it.each<[string, Json, string, string]>([
    ['an unknown kind of account', { auth: DUMMY }, '?kind=robot', 'M_INVALID_PARAM'],
    ['a name that is no text', { username: 7 }, '', 'M_BAD_JSON'],
    ['a device id that is empty', { auth: DUMMY, device_id: '' }, '', 'M_INVALID_PARAM'],
    ['auth that is no object', { auth: 'm.login.dummy' }, '', 'M_BAD_JSON'],
    ['a password that is no text', { auth: DUMMY, password: ['p'] }, '', 'M_BAD_JSON'],
    ['inhibit_login that is no boolean', { auth: DUMMY, inhibit_login: 'yes' }, '', 'M_BAD_JSON'],
  ])('refuses %s', async (_title, body, query, errcode) => {
    expectError(await register(body, query), 400, errcode);
  });
});

describe('GET /register/available', () => {
  it('tells a free name from a taken and from an impossible one', async () => {
    const username = uniqueName('free');
    const available = `${V3}/register/available?username=`;
    expect((await http.call('GET', available + username)).body).toEqual({ available: true });
    await http.register(username);
    expectError(await http.call('GET', available + username), 400, 'M_USER_IN_USE');
    expectError(await http.call('GET', `${available}NO`), 400, 'M_INVALID_USERNAME');
    expectError(await http.call('GET', `${V3}/register/available`), 400, 'M_MISSING_PARAM');
  });
});
