import { createHmac } from 'node:crypto';
import { newRegistrationTokenRequest, registrationTokenResponse, registrationTokensResponse } from '@plexus/matrix-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { MatrixHttp } from '../../support/matrix-client.ts';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { deploymentAdmin, part, PLEXUS_ADMIN } from '../support/administrators.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { REGISTRATION_SECRET, sharedDeployment, SpecifiedHttp, uniqueName } from '../support/specified-http.ts';

const V3 = '/_matrix/client/v3';
const VALIDITY = '/_matrix/client/v1/register/m.login.registration_token/validity';
const TOKENS = '/_synapse/admin/v1/registration_tokens';
const SECRET_REGISTRATION = '/_synapse/admin/v1/register';

/** A hosted server of its own, which asks for tokens. */
const SERVER = `tokens-${process.pid}.test`;
const headers = { host: SERVER };

let http: SpecifiedHttp;
let boss: MatrixClient;
beforeAll(async () => {
  const deployment = await sharedDeployment();
  http = new SpecifiedHttp(deployment, headers);
  const unchecked = new MatrixHttp(deployment, headers);
  const admin = await deploymentAdmin();
  const settings = { registration: { enabled: true, requires_token: true } };
  await admin.call('POST', '/_plexus/admin/v1/servers', { server_name: SERVER, settings });
  await deployment.command(['user', 'create', `@boss:${SERVER}`, '--admin', '--password', 'wonderland']);
  boss = await unchecked.login('boss');
});

async function addToken(wish: Json = {}): Promise<Json> {
  return expectShape(await boss.call('POST', `${TOKENS}/new`, wish), registrationTokenResponse);
}

function register(body: Json): Promise<Reply> {
  return http.call('POST', `${V3}/register`, { body });
}

function tokenAuth(token: unknown, session?: unknown): Json {
  return { type: 'm.login.registration_token', token, ...(session !== undefined && { session }) };
}

function validity(token: string): Promise<Reply> {
  return http.call('GET', `${VALIDITY}?token=${token}`);
}

describe('registration with a token', () => {
  it('goes through both stages, and counts the use', async () => {
    const { token } = await addToken({ uses_allowed: 1 });
    const username = uniqueName('invited');
    const asked = await register({ username, password: 'p' });
    expect(asked.body).toMatchObject({ flows: [{ stages: ['m.login.registration_token', 'm.login.dummy'] }] });
    const { session } = asked.body;
    const held = await register({ username, password: 'p', auth: tokenAuth(token, session) });
    expect(held.body).toMatchObject({ session, completed: ['m.login.registration_token'] });
    expect(await boss.ask('GET', `${TOKENS}/${token}`)).toMatchObject({ pending: 1, completed: 0 });
    const other = await register({ username: uniqueName('late'), auth: tokenAuth(token) });
    expect([other.status, other.body['errcode']]).toEqual([401, 'M_UNAUTHORIZED']);
    const made = await register({ username, password: 'p', auth: { type: 'm.login.dummy', session } });
    expect(made).toMatchObject({ status: 200, body: { user_id: `@${username}:${SERVER}` } });
    expect(await boss.ask('GET', `${TOKENS}/${token}`)).toMatchObject({ pending: 0, completed: 1 });
    expect((await validity(String(token))).body).toEqual({ valid: false });
  });

  it('is not to be had without one', async () => {
    const { session } = (await register({})).body;
    expect((await register({ auth: { type: 'm.login.dummy', session } })).status).toBe(401);
    for (const auth of [tokenAuth('wrong', session), tokenAuth('nul\u0000', session), tokenAuth(undefined, session)])
      expect((await register({ auth })).status).toBe(401);
    expectError(await register({ auth: tokenAuth(7) }), 400, 'M_BAD_JSON');
  });

  it('can be completed on the fallback page', async () => {
    const { token } = await addToken();
    const { session } = (await register({})).body;
    const path = `${V3}/auth/m.login.registration_token/fallback/web?session=${session}`;
    const page = await fetch(http.url + path, { headers });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('window.onAuthDone');
    const send = (body: object) => fetch(http.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect((await send({ token: 'wrong' })).status).toBe(401);
    expect((await send({ token })).status).toBe(200);
    expect((await register({ auth: { session } })).body['completed']).toEqual(['m.login.registration_token']);
    expectError(await http.call('GET', `${V3}/auth/m.login.magic/fallback/web?session=x`), 404, 'M_NOT_FOUND');
    const lost = `${V3}/auth/m.login.dummy/fallback/web?session=lost`;
    expectError(await http.call('POST', lost, { body: {} }), 404, 'M_NOT_FOUND');
  });
});

describe('GET /register/m.login.registration_token/validity', () => {
  it('tells a good token from others', async () => {
    const { token } = await addToken();
    expect((await validity(String(token))).body).toEqual({ valid: true });
    expect((await validity('unknown')).body).toEqual({ valid: false });
    expectError(await http.call('GET', VALIDITY), 400, 'M_MISSING_PARAM');
  });
});

describe('the administration of registration tokens', () => {
  it('makes, lists, changes and removes them', async () => {
    const made = await addToken({ token: 'chosen', uses_allowed: 2, expiry_time: 4_102_444_800_000 });
    expect(made).toEqual({
      token: 'chosen',
      uses_allowed: 2,
      pending: 0,
      completed: 0,
      expiry_time: 4_102_444_800_000,
    });
    const listed = expectShape(await boss.call('GET', `${TOKENS}?valid=true`), registrationTokensResponse);
    expect(listed['registration_tokens']).toContainEqual(made);
    const changed = await boss.ask('PUT', `${TOKENS}/chosen`, { uses_allowed: 0 });
    expect(changed).toEqual({ ...made, uses_allowed: 0 });
    expect((await boss.ask('GET', `${TOKENS}?valid=true`))['registration_tokens']).not.toContainEqual(changed);
    expect(await boss.ask('PUT', `${TOKENS}/chosen`, { uses_allowed: null, expiry_time: null })).toMatchObject({
      uses_allowed: null,
      expiry_time: null,
    });
    expect(await boss.ask('DELETE', `${TOKENS}/chosen`)).toEqual({});
    for (const method of ['GET', 'DELETE'])
      expectError(await boss.call(method, `${TOKENS}/chosen`), 404, 'M_NOT_FOUND');
    expectError(await boss.call('PUT', `${TOKENS}/chosen`, {}), 404, 'M_NOT_FOUND');
  });

  it('makes up a token of the wanted length', async () => {
    expect(String((await addToken())['token'])).toHaveLength(16);
    expect(String((await addToken({ length: 64 }))['token'])).toHaveLength(64);
    expect(newRegistrationTokenRequest.check({ length: 1 }).outcome).toBe('ok');
  });

  it.each<[string, Json, string]>([
    ['a length of nothing', { length: 0 }, 'M_INVALID_PARAM'],
    ['a length beyond the grammar', { length: 65 }, 'M_INVALID_PARAM'],
    ['a token beyond the grammar', { token: 'a b' }, 'M_INVALID_PARAM'],
    ['a time that is over', { expiry_time: 1 }, 'M_INVALID_PARAM'],
    ['fewer uses than none', { uses_allowed: -1 }, 'M_BAD_JSON'],
    ['uses that are no number', { uses_allowed: 'many' }, 'M_BAD_JSON'],
  ])('refuses %s', async (_title, wish, errcode) => {
    expectError(await boss.call('POST', `${TOKENS}/new`, wish), 400, errcode);
  });

  it('refuses a token that is there', async () => {
    const { token } = await addToken();
    expectError(await boss.call('POST', `${TOKENS}/new`, { token }), 400, 'M_INVALID_PARAM');
  });
});

async function registerBySecret(change: Json = {}, secret = REGISTRATION_SECRET): Promise<Reply> {
  const plain = new MatrixHttp(await sharedDeployment(), headers);
  const { nonce } = (await plain.call('GET', SECRET_REGISTRATION)).body;
  const wanted = { nonce, username: uniqueName('made'), password: 'p', admin: false, ...change };
  const { user_type: type } = change;
  const parts = [wanted.nonce, wanted.username, wanted.password, wanted.admin ? 'admin' : 'notadmin'];
  const signed = [...parts, ...(typeof type === 'string' ? [type] : [])].join('\0');
  const mac = createHmac('sha1', secret).update(signed).digest('hex');
  return plain.call('POST', SECRET_REGISTRATION, { body: { ...wanted, mac } });
}

describe('registration with the shared secret', () => {
  it('makes users, and administrators', async () => {
    const username = uniqueName('made');
    const made = await registerBySecret({ username });
    expect(made).toMatchObject({ status: 200, body: { user_id: `@${username}:${SERVER}`, home_server: SERVER } });
    const admin = (await registerBySecret({ admin: true })).body;
    const accessToken = String(admin['access_token']);
    const plain = new MatrixHttp(await sharedDeployment(), headers);
    expect((await plain.call('GET', TOKENS, { accessToken })).status).toBe(200);
    expectError(await registerBySecret({ username }), 400, 'M_USER_IN_USE');
  });

  it('keeps the kind of account, and is in the audit log without what could give a password away', async () => {
    const username = uniqueName('bot');
    const made = await registerBySecret({ username, user_type: 'bot', admin: true, inhibit_login: true });
    expect(made.status).toBe(200);
    const root = await deploymentAdmin();
    const path = `/_synapse/admin/v2/users/${part(`@${username}:${SERVER}`)}`;
    expect(await root.ask('GET', path)).toMatchObject({ user_type: 'bot', admin: true });
    const { entries } = await root.ask('GET', `${PLEXUS_ADMIN}/audit_log?target=${username}`);
    expect(entries).toEqual([
      expect.objectContaining({
        administrator: 'registration.shared_secret',
        server_name: SERVER,
        action: `POST ${SECRET_REGISTRATION}`,
        target: { username },
        details: { admin: true, user_type: 'bot' },
        status: 200,
      }),
    ]);
    const guessed = uniqueName('guessed');
    expectError(await registerBySecret({ username: guessed }, 'guess'), 403, 'M_UNKNOWN');
    expect((await root.ask('GET', `${PLEXUS_ADMIN}/audit_log?target=${guessed}`))['entries']).toEqual([]);
  });

  it('is for who knows the secret, once per nonce', async () => {
    expectError(await registerBySecret({}, 'guess'), 403, 'M_UNKNOWN');
    expectError(await registerBySecret({ nonce: 'made up' }), 400, 'M_UNKNOWN');
    expectError(await registerBySecret({ username: 'Not a name' }), 400, 'M_INVALID_USERNAME');
  });
});
