import { cacheFactorResponse, cachesResponse } from '@plexus/matrix-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { Answer, ClientApiServer } from '../../../test-support/client-api-server.ts';
import { fakePorts } from '../../../test-support/fake-ports.ts';

let server: ClientApiServer;
let admin: string;
let user: string;

beforeAll(async () => {
  const ports = fakePorts();
  server = await startClientApi(ports);
  await ports.accounts.addUser({ userId: '@root:one.example', passwordHash: 'hash of x', isDeploymentAdmin: true });
  const body = { type: 'm.login.password', user: 'root', password: 'x' };
  admin = String((await server.call('POST', '/_matrix/client/v3/login', { body })).body['access_token']);
  user = await server.register('user');
});
afterAll(() => server.stop());

function call(method: string, path: string, body?: unknown, token = admin): Promise<Answer> {
  return server.call(method, `/_plexus/admin/v1/caches${path}`, { token, body });
}

async function cacheNamed(name: string): Promise<unknown> {
  const checked = cachesResponse.check((await call('GET', '')).body);
  if (checked.outcome !== 'ok') throw new Error(checked.because);
  return checked.value.caches.find((cache) => cache.name === name);
}

it('lists every cache with its base size, its capacity and who has set its factor', async () => {
  expect(await cacheNamed('push_rules')).toEqual({
    name: 'push_rules',
    factor: 0.5,
    source: 'default',
    has_own_factor: false,
    process: { base_size: 20_000, capacity: 10_000 },
    shared: { base_size: 100_000, capacity: 50_000 },
  });
});

it('sets the factor of one cache in any spelling of its name, and withdraws it', async () => {
  const set = await call('PUT', '/*Push_Rules*', { factor: 0 });
  expect(cacheFactorResponse.check(set.body).outcome).toBe('ok');
  expect(set.body).toMatchObject({ name: 'push_rules', factor: 0, source: 'administrator' });
  expect(await cacheNamed('push_rules')).toMatchObject({ factor: 0, process: { capacity: 0 }, has_own_factor: true });
  const withdrawn = await call('DELETE', '/push_rules');
  expect(withdrawn.body).toMatchObject({ name: 'push_rules', factor: 0.5, source: 'default', has_own_factor: false });
  expect(Number(withdrawn.body['revision'])).toBe(Number(set.body['revision']) + 1);
});

it('sets the factor of all caches without their own', async () => {
  expect((await call('PUT', '/global', { factor: 2 })).body).toMatchObject({ name: 'global', factor: 2 });
  expect(await cacheNamed('events')).toMatchObject({ factor: 2, source: 'administrator', has_own_factor: false });
  await call('DELETE', '/global');
  expect(await cacheNamed('events')).toMatchObject({ factor: 0.5, source: 'default' });
});

it('refuses names that no cache has, with the nearest one, and factors that are none', async () => {
  const unknown = await call('PUT', '/push_rule', { factor: 1 });
  expect([unknown.status, unknown.body['errcode']]).toEqual([404, 'M_NOT_FOUND']);
  expect(unknown.body['error']).toContain('push_rules');
  for (const factor of [-1, true, '2', null, 1e9]) {
    expect((await call('PUT', '/push_rules', { factor })).status).toBe(400);
  }
});

it('is for administrators of the deployment alone', async () => {
  expect((await call('GET', '', undefined, user)).status).toBe(403);
  expect((await call('PUT', '/global', { factor: 1 }, user)).status).toBe(403);
});
