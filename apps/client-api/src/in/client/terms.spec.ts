import { authResponse } from '@plexus/matrix-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { Answer, ClientApiServer } from '../../../test-support/client-api-server.ts';
import { fakePorts } from '../../../test-support/fake-ports.ts';

const V3 = '/_matrix/client/v3';
const DOCUMENT = { purpose: 'policy', format: 'markdown', source: 'x', sha256: Buffer.alloc(32, 5) } as const;

let server: ClientApiServer;

beforeAll(async () => {
  const ports = fakePorts(['one.example']);
  await ports.servers.changeServer('one.example', { settings: { publicBaseUrl: 'https://m.example/' } });
  const settings = { title: 'Privacy Policy', isRequiredAtRegistration: true, notifiesGuests: false } as const;
  const policy = { ...settings, serverName: '', name: 'privacy_policy', origin: 'configuration' } as const;
  const { policyNid } = await ports.policies.storePolicy(policy);
  const documents = [{ ...DOCUMENT, language: 'en' }];
  await ports.policies.publishVersion(policyNid, { version: '1.0', documents, effectiveAt: 0 });
  server = await startClientApi(ports);
});
afterAll(() => server.stop());

function register(body: object): Promise<Answer> {
  return server.call('POST', `${V3}/register`, { body });
}

describe('registration on a server with terms', () => {
  it('asks for them in every flow, with where they are to be read', async () => {
    const { status, body } = await register({ username: 'asked', password: 'p' });
    expect([status, authResponse.check(body).outcome]).toEqual([401, 'ok']);
    expect(body['flows']).toEqual([{ stages: ['m.login.terms', 'm.login.dummy'] }]);
    expect(body['params']).toEqual({
      'm.login.terms': {
        policies: {
          privacy_policy: {
            version: '1.0',
            en: { name: 'Privacy Policy', url: 'https://m.example/_matrix/consent?v=1.0' },
          },
        },
      },
    });
  });

  it('is not complete without them', async () => {
    const { status } = await register({ username: 'bold', password: 'p', auth: { type: 'm.login.dummy' } });
    expect(status).toBe(401);
  });

  it('takes the stage without any content', async () => {
    const first = await register({ username: 'carol', password: 'p' });
    const session = String(first.body['session']);
    const second = await register({ username: 'carol', password: 'p', auth: { type: 'm.login.terms', session } });
    expect([second.status, second.body['completed']]).toEqual([401, ['m.login.terms']]);
    const third = await register({ username: 'carol', password: 'p', auth: { type: 'm.login.dummy', session } });
    expect([third.status, third.body['user_id']]).toEqual([200, '@carol:one.example']);
    expect(server.ports.accounts.consents.get('@carol:one.example')).toEqual([
      { versionNid: expect.any(Number), address: '127.0.0.1', way: 'registration' },
    ]);
  });

  it('takes the stages in the order of the flow', async () => {
    const body = { username: 'erin', password: 'p' };
    const session = String((await register(body)).body['session']);
    const page = `${V3}/auth/m.login.dummy/fallback/web?session=${session}`;
    expect((await server.call('POST', page, { body: {} })).status).toBe(401);
    const early = await register({ ...body, auth: { type: 'm.login.dummy', session } });
    expect([early.status, early.body]).toMatchObject([401, { session, completed: [], errcode: 'M_FORBIDDEN' }]);
    expect((await register({ ...body, auth: { type: 'm.login.terms', session } })).body['completed']).toHaveLength(1);
    expect((await register({ ...body, auth: { type: 'm.login.dummy', session } })).status).toBe(200);
  });

  it('has a page for clients that do not know the stage', async () => {
    const first = await register({ username: 'dave', password: 'p' });
    const session = String(first.body['session']);
    const path = `${V3}/auth/m.login.terms/fallback/web?session=${session}`;
    const accepted = await server.call('POST', path, { body: {} });
    expect(accepted.status).toBe(200);
    const last = await register({ username: 'dave', password: 'p', auth: { type: 'm.login.dummy', session } });
    expect(last.status).toBe(200);
  });
});
