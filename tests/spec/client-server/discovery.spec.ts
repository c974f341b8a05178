import { beforeAll, describe, expect, it } from 'vitest';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { POLICY_PUBLIC_KEY, PUBLIC_BASE_URL, specified, uniqueName } from '../support/specified-http.ts';

const V3 = '/_matrix/client/v3';

let http: SpecifiedHttp;
beforeAll(async () => {
  http = await specified();
});

describe('GET /versions', () => {
  it('needs no token, and is answered to one that nobody knows', async () => {
    const { status, body } = await http.call('GET', '/_matrix/client/versions');
    expect(status).toBe(200);
    expect(body['versions']).toEqual(expect.arrayContaining(['v1.1', 'v1.19']));
    const withToken = await http.call('GET', '/_matrix/client/versions', { accessToken: 'nonsense' });
    expect(withToken.body).toEqual(body);
  });
});

describe('GET /.well-known/matrix/client', () => {
  it('names the public base URL of the hosted server', async () => {
    const { status, body } = await http.call('GET', '/.well-known/matrix/client');
    expect([status, body]).toEqual([200, { 'm.homeserver': { base_url: PUBLIC_BASE_URL } }]);
  });
});

describe('GET /.well-known/matrix/support', () => {
  it('says how to reach the administrators', async () => {
    const { status, body } = await http.call('GET', '/.well-known/matrix/support');
    const contact = { role: 'm.role.admin', matrix_id: '@admin:localhost', email_address: 'admin@localhost.test' };
    expect([status, body]).toEqual([200, { contacts: [contact], support_page: 'https://help.test/' }]);
  });
});

describe('GET /.well-known/matrix/policy_server', () => {
  it('has the key of the policy server under the server’s name', async () => {
    const { status, body } = await http.call('GET', '/.well-known/matrix/policy_server');
    expect([status, body]).toEqual([200, { public_keys: { ed25519: POLICY_PUBLIC_KEY } }]);
  });
});

describe('GET /_matrix/static/client/login/', () => {
  it('is a page that logs in', async () => {
    const page = await fetch(`${http.url}/_matrix/static/client/login/?device_id=GHTYAJCE`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('window.matrixLogin.onLogin(answer)');
  });
});

describe('GET /capabilities', () => {
  it('names every room version and a default among them', async () => {
    const alice = await http.register(uniqueName('alice'));
    const { capabilities } = await alice.ask('GET', `${V3}/capabilities`);
    const versions = (capabilities as { 'm.room_versions': { default: string; available: Record<string, string> } })[
      'm.room_versions'
    ];
    expect(Object.keys(versions.available)).toHaveLength(12);
    expect(versions.available[versions.default]).toBe('stable');
  });
});

describe('GET /pushrules', () => {
  it('has the predefined rules, as a whole and of the global scope', async () => {
    const alice = await http.register(uniqueName('alice'));
    const { global } = await alice.ask('GET', `${V3}/pushrules/`);
    expect(await alice.ask('GET', `${V3}/pushrules/global/`)).toEqual(global);
    expect(JSON.stringify(global)).toContain('.m.rule.master');
  });
});

describe('an answer', () => {
  it('lets web clients of other origins read it', async () => {
    const response = await fetch(`${http.url}${V3}/account/whoami`, { headers: { Origin: 'https://a.test' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-methods')).toContain('PUT');
    expect(response.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(response.headers.get('content-type')).toContain('application/json');
    await response.arrayBuffer();
  });

  it('to a preflight request is empty', async () => {
    const response = await fetch(`${http.url}${V3}/sync`, { method: 'OPTIONS' });
    expect([response.ok, await response.text()]).toEqual([true, '']);
  });

  it('to an unknown path or method is M_UNRECOGNIZED', async () => {
    expectError(await http.call('GET', `${V3}/no/such/endpoint`), 404, 'M_UNRECOGNIZED');
    expectError(await http.call('GET', '/_matrix/client/v9/login'), 404, 'M_UNRECOGNIZED');
    expectError(await http.call('PUT', `${V3}/login`, { body: {} }), 405, 'M_UNRECOGNIZED');
  });
});
