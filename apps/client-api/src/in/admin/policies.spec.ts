import { auditLogResponse, policiesResponse, policyResponse, policyVersionResponse } from '@plexus/matrix-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { Answer, ClientApiServer } from '../../../test-support/client-api-server.ts';
import { fakePorts } from '../../../test-support/fake-ports.ts';

const ADMIN = '/_plexus/admin/v1';
const POLICY = { title: 'Privacy', block_error: 'Agree: %(consent_uri)s', notify_guests: true };
const DOCUMENTS = [{ language: 'en', format: 'markdown', source: '# Privacy' }];

let server: ClientApiServer;
let root: string;
let local: string;

beforeAll(async () => {
  const ports = fakePorts(['one.example', 'two.example']);
  server = await startClientApi(ports);
  const passwordHash = 'hash of x';
  await ports.accounts.addUser({ userId: '@root:one.example', passwordHash, isAdmin: true, isDeploymentAdmin: true });
  await ports.accounts.addUser({ userId: '@local:two.example', passwordHash, isAdmin: true });
  [root, local] = [await logIn('@root:one.example'), await logIn('@local:two.example')];
});
afterAll(() => server.stop());

async function logIn(user: string): Promise<string> {
  const body = { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password: 'x' };
  return String((await server.call('POST', '/_matrix/client/v3/login', { body })).body['access_token']);
}

function call(token: string, method: string, path: string, body?: unknown): Promise<Answer> {
  return server.call(method, `${ADMIN}${path}`, { token, body });
}

function errorOf({ status, body }: Answer): [number, unknown] {
  return [status, body['errcode']];
}

describe('policies', () => {
  it('are stored, published, changed and retired by the server’s own administrator', async () => {
    const path = '/policies/two.example/privacy_policy';
    const stored = await call(local, 'PUT', path, POLICY);
    expect([stored.status, policyResponse.check(stored.body).outcome]).toEqual([200, 'ok']);
    expect(stored.body).toMatchObject({
      server_name: 'two.example',
      title: 'Privacy',
      origin: 'admin-api',
      versions: [],
    });
    const published = await call(local, 'POST', `${path}/versions`, { version: '1', documents: DOCUMENTS });
    expect([published.status, published.body['versions']]).toEqual([
      201,
      [expect.objectContaining({ version: '1', languages: ['en'], block_at: null })],
    ]);
    const changed = await call(local, 'PUT', `${path}/versions/1`, { block_at: 5 });
    expect(changed.body['versions']).toEqual([expect.objectContaining({ block_at: 5 })]);
    const read = await call(local, 'GET', `${path}/versions/1`);
    expect([read.status, policyVersionResponse.check(read.body).outcome]).toEqual([200, 'ok']);
    expect(read.body['documents']).toEqual([expect.objectContaining({ purpose: 'policy', source: '# Privacy' })]);
    const listed = await call(local, 'GET', '/policies');
    expect([listed.status, policiesResponse.check(listed.body).outcome]).toEqual([200, 'ok']);
    expect((await call(local, 'DELETE', path)).status).toBe(200);
    expect(errorOf(await call(local, 'GET', path))).toEqual([404, 'M_NOT_FOUND']);
  });

  it('are kept from administrators of other servers, and the deployment’s from all but its own', async () => {
    for (const path of ['/policies/one.example/p', '/policies/_deployment/p'])
      expect(errorOf(await call(local, 'PUT', path, POLICY))).toEqual([403, 'M_FORBIDDEN']);
    expect((await call(root, 'PUT', '/policies/_deployment/p', POLICY)).body['server_name']).toBeNull();
    expect((await call(root, 'PUT', '/policies/two.example/p', POLICY)).status).toBe(200);
    expect(errorOf(await call(local, 'DELETE', '/policies/_deployment/p'))).toEqual([403, 'M_FORBIDDEN']);
    expect((await call(local, 'GET', '/policies/_deployment/p')).status).toBe(200);
    for (const path of ['/policies/_deployment/p', '/policies/two.example/p']) await call(root, 'DELETE', path);
  });

  it.each<[string, string, string, unknown, [number, string]]>([
    ['a name with capitals', 'PUT', '/policies/one.example/Terms', POLICY, [400, 'M_INVALID_PARAM']],
    ['no title', 'PUT', '/policies/one.example/t', {}, [400, 'M_MISSING_PARAM']],
    [
      'a notice without body',
      'PUT',
      '/policies/one.example/t',
      { title: 'T', notice_content: {} },
      [400, 'M_BAD_JSON'],
    ],
    ['a server that is not hosted', 'PUT', '/policies/far.example/t', POLICY, [404, 'M_NOT_FOUND']],
    [
      'a policy that is not there',
      'POST',
      '/policies/one.example/none/versions',
      { version: '1', documents: DOCUMENTS },
      [404, 'M_NOT_FOUND'],
    ],
  ])('are not stored with %s', async (_what, method, path, body, expected) => {
    expect(errorOf(await call(root, method, path, body))).toEqual(expected);
  });

  it.each<[string, unknown, [number, string]]>([
    ['no documents', { version: '2', documents: [] }, [400, 'M_INVALID_PARAM']],
    [
      'a success alone',
      { version: '2', documents: [{ ...DOCUMENTS[0], purpose: 'success' }] },
      [400, 'M_INVALID_PARAM'],
    ],
    ['a language twice', { version: '2', documents: [...DOCUMENTS, ...DOCUMENTS] }, [400, 'M_INVALID_PARAM']],
    ['no language', { version: '2', documents: [{ ...DOCUMENTS[0], language: 'e' }] }, [400, 'M_BAD_JSON']],
    ['a version that is a path', { version: 'a/b', documents: DOCUMENTS }, [400, 'M_BAD_JSON']],
    [
      'a template with a fault',
      { version: '2', documents: [{ language: 'en', format: 'html', source: '{% if x %}' }] },
      [400, 'M_INVALID_PARAM'],
    ],
    [
      'a template that reads a file',
      { version: '2', documents: [{ language: 'en', format: 'html', source: '{% include "/etc/passwd" %}' }] },
      [400, 'M_INVALID_PARAM'],
    ],
    ['a version that is there', { version: '1', documents: DOCUMENTS }, [409, 'M_UNKNOWN']],
    ['a version of the past', { version: '2', documents: DOCUMENTS, effective_at: 5 }, [409, 'M_UNKNOWN']],
  ])('are not published with %s', async (_what, body, expected) => {
    await call(root, 'PUT', '/policies/one.example/terms', POLICY);
    await call(root, 'POST', '/policies/one.example/terms/versions', { version: '1', documents: DOCUMENTS });
    expect(errorOf(await call(root, 'POST', '/policies/one.example/terms/versions', body))).toEqual(expected);
  });

  it('take a version back only before it is effective', async () => {
    const path = '/policies/one.example/later';
    await call(root, 'PUT', path, POLICY);
    await call(root, 'POST', `${path}/versions`, { version: '1', documents: DOCUMENTS });
    const later = { version: '2', documents: DOCUMENTS, effective_at: Date.now() + 1_000_000 };
    await call(root, 'POST', `${path}/versions`, later);
    expect((await call(root, 'DELETE', `${path}/versions/2`)).status).toBe(200);
    expect(errorOf(await call(root, 'DELETE', `${path}/versions/1`))).toEqual([409, 'M_UNKNOWN']);
    expect(errorOf(await call(root, 'DELETE', `${path}/versions/2`))).toEqual([404, 'M_NOT_FOUND']);
  });

  it('leave a trace of who changed them', async () => {
    const { body } = await call(root, 'GET', '/audit_log');
    expect(auditLogResponse.check(body).outcome).toBe('ok');
    expect(JSON.stringify(body)).toContain('PUT /_plexus/admin/v1/policies/:server/:name');
  });
});

describe('consents', () => {
  it('of a server are for its administrators only, as lines of JSON or CSV', async () => {
    await call(root, 'PUT', '/policies/two.example/shown', POLICY);
    await call(root, 'POST', '/policies/two.example/shown/versions', { version: '1', documents: DOCUMENTS });
    const [version] = server.ports.policies.policiesOf('two.example').flatMap(({ versions }) => versions);
    const consent = {
      versionNid: version?.versionNid ?? 0,
      language: 'en',
      address: '192.0.2.1',
      way: 'page',
    } as const;
    await server.ports.policies.storeConsent('@local:two.example', consent);
    expect(errorOf(await call(local, 'GET', '/consents?server_name=one.example'))).toEqual([403, 'M_FORBIDDEN']);
    expect(errorOf(await call(root, 'GET', '/consents?server_name=far.example'))).toEqual([404, 'M_NOT_FOUND']);
    expect(errorOf(await call(root, 'GET', '/consents?format=xml'))).toEqual([400, 'M_INVALID_PARAM']);
    // One line of JSON is JSON.
    const { body } = await call(local, 'GET', '/consents');
    expect(body).toMatchObject({
      user_id: '@local:two.example',
      policy: 'shown',
      version: '1',
      language: 'en',
      way: 'page',
    });
  });
});
