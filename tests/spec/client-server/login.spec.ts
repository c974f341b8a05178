import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, MatrixHttp, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const V3 = '/_matrix/client/v3';

let http: MatrixHttp;
let alice: MatrixClient;
beforeAll(async () => {
  http = await specified();
});
beforeEach(async () => {
  alice = await http.register(uniqueName('alice'));
});

function logIn(change: Json = {}): Promise<Reply> {
  const identifier = { type: 'm.id.user', user: alice.userId };
  return http.call('POST', `${V3}/login`, {
    body: { type: 'm.login.password', identifier, password: 'wonderland', ...change },
  });
}

function whoAmI(accessToken: unknown): Promise<Reply> {
  return http.call('GET', `${V3}/account/whoami`, { accessToken: String(accessToken) });
}

describe('GET /login', () => {
  it('offers the password, tokens that a logged in client gives, and application services', async () => {
    expect((await http.call('GET', `${V3}/login`)).body).toEqual({
      flows: [
        { type: 'm.login.password' },
        { type: 'm.login.token', get_login_token: true },
        { type: 'm.login.application_service' },
      ],
    });
  });
});

describe('POST /login', () => {
  it.each([
    ['a user id', (userId: string) => userId],
    ['a localpart', (userId: string) => userId.slice(1, userId.indexOf(':'))],
  ])('takes %s', async (_title, userOf) => {
    const { status, body } = await logIn({ identifier: { type: 'm.id.user', user: userOf(alice.userId) } });
    expect([status, body['user_id']]).toEqual([200, alice.userId]);
    expect((await whoAmI(body['access_token'])).body).toMatchObject({ device_id: body['device_id'] });
  });

  it('takes the deprecated "user"', async () => {
    const { body } = await logIn({ identifier: undefined, user: alice.userId });
    expect(body['user_id']).toBe(alice.userId);
  });

  it('ends the former session of a device that is named again, and no other', async () => {
    const first = await logIn({ device_id: 'PHONE' });
    const second = await logIn({ device_id: 'PHONE' });
    expect([first.body['device_id'], second.body['device_id']]).toEqual(['PHONE', 'PHONE']);
    expectError(await whoAmI(first.body['access_token']), 401, 'M_UNKNOWN_TOKEN');
    expect((await whoAmI(second.body['access_token'])).status).toBe(200);
    expect((await whoAmI(alice.session.accessToken)).status).toBe(200);
  });

  it('does not tell a wrong password from a user who is not there', async () => {
    const wrong = await logIn({ password: 'wrong' });
    const nobody = await logIn({ identifier: { type: 'm.id.user', user: uniqueName('nobody') } });
    expectError(wrong, 403, 'M_FORBIDDEN');
    expect(nobody).toEqual(wrong);
    expect(await logIn({ identifier: { type: 'm.id.user', user: '@alice:elsewhere.test' } })).toEqual(wrong);
  });

  it.each<[string, Json, number, string]>([
    ['an unknown type', { type: 'm.login.magic' }, 400, 'M_UNKNOWN'],
    ['a token that nobody gave', { type: 'm.login.token', token: 't' }, 403, 'M_FORBIDDEN'],
    ['no token', { type: 'm.login.token' }, 400, 'M_MISSING_PARAM'],
    ['an application service without its token', { type: 'm.login.application_service' }, 401, 'M_MISSING_TOKEN'],
    ['no type', { type: undefined }, 400, 'M_MISSING_PARAM'],
    ['no identifier', { identifier: undefined }, 400, 'M_MISSING_PARAM'],
    ['no password', { password: undefined }, 400, 'M_MISSING_PARAM'],
    ['an identifier without a user', { identifier: { type: 'm.id.user' } }, 400, 'M_MISSING_PARAM'],
    ['an unknown identifier', { identifier: { type: 'm.id.magic' } }, 400, 'M_UNKNOWN'],
    ['a third-party id without an address', { identifier: { type: 'm.id.thirdparty' } }, 400, 'M_MISSING_PARAM'],
    [
      'a third-party id that nobody has',
      { identifier: { type: 'm.id.thirdparty', medium: 'email', address: 'a@b.test' } },
      403,
      'M_FORBIDDEN',
    ],
    ['a password that is no text', { password: 7 }, 400, 'M_BAD_JSON'],
    ['a device id that is empty', { device_id: '' }, 400, 'M_INVALID_PARAM'],
  ])('refuses %s', async (_title, change, status, errcode) => {
    expectError(await logIn(change), status, errcode);
  });
});

describe('POST /logout', () => {
  it('ends this session only', async () => {
    const other = await http.login(alice.userId);
    expect(await other.ask('POST', `${V3}/logout`)).toEqual({});
    expectError(await whoAmI(other.session.accessToken), 401, 'M_UNKNOWN_TOKEN');
    expectError(await other.call('POST', `${V3}/logout`), 401, 'M_UNKNOWN_TOKEN');
    expect((await whoAmI(alice.session.accessToken)).status).toBe(200);
  });

  it('ends all of a user’s sessions with /all, and nobody else’s', async () => {
    const [other, bob] = [await http.login(alice.userId), await http.register(uniqueName('bob'))];
    expect(await other.ask('POST', `${V3}/logout/all`, {})).toEqual({});
    for (const { session } of [other, alice]) expectError(await whoAmI(session.accessToken), 401, 'M_UNKNOWN_TOKEN');
    expect((await whoAmI(bob.session.accessToken)).status).toBe(200);
    expect((await logIn()).status).toBe(200);
  });
});
