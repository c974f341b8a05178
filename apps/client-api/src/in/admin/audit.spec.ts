import { auditLogResponse, adminJobResponse, adminJobsResponse } from '@plexus/matrix-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { Answer, ClientApiServer } from '../../../test-support/client-api-server.ts';
import { fakePorts } from '../../../test-support/fake-ports.ts';
import { ADMIN_CONTROLLERS } from '../../compose-admin.ts';
import { AuditInterceptor } from './audit-interceptor.ts';

const ADMIN = '/_plexus/admin/v1';
let server: ClientApiServer;
let root: string;
let local: string;
let user: string;
/** Administers the server on which the deployment's administrator has an account. */
let besideRoot: string;

beforeAll(async () => {
  const ports = fakePorts(['one.example', 'two.example']);
  server = await startClientApi(ports);
  const passwordHash = 'hash of x';
  await ports.accounts.addUser({ userId: '@root:one.example', passwordHash, isAdmin: true, isDeploymentAdmin: true });
  await ports.accounts.addUser({ userId: '@local:two.example', passwordHash, isAdmin: true });
  await ports.accounts.addUser({ userId: '@beside:one.example', passwordHash, isAdmin: true });
  besideRoot = await logIn('@beside:one.example');
  [root, local] = [await logIn('@root:one.example'), await logIn('@local:two.example')];
  const body = { username: 'user', password: 'p', auth: { type: 'm.login.dummy' } };
  const registered = await server.call('POST', '/_matrix/client/v3/register', { body, host: 'one.example' });
  user = String(registered.body['access_token']);
});
afterAll(() => server.stop());

async function logIn(name: string): Promise<string> {
  const body = { type: 'm.login.password', identifier: { type: 'm.id.user', user: name }, password: 'x' };
  return String((await server.call('POST', '/_matrix/client/v3/login', { body })).body['access_token']);
}

function call(token: string, method: string, path: string, body?: unknown): Promise<Answer> {
  return server.call(method, path, { token, body });
}

async function actions(token: string, query = ''): Promise<unknown[]> {
  const { status, body } = await call(token, 'GET', `${ADMIN}/audit_log${query}`);
  expect([status, auditLogResponse.check(body).outcome]).toEqual([200, 'ok']);
  return (body['entries'] as { action: string; status: number; errcode?: string; administrator: string }[]).map(
    ({ action, status: answered, administrator }) => [administrator, action, answered],
  );
}

it('records every change with its outcome, also one that was refused, and nothing of who is no administrator', async () => {
  await call(root, 'POST', `${ADMIN}/servers`, { server_name: 'bad name', settings: {}, secret_token: 's3cret' });
  await call(local, 'POST', `${ADMIN}/servers/one.example/suspend`, {});
  await call(user, 'POST', `${ADMIN}/servers/one.example/suspend`, {});
  await call(root, 'GET', `${ADMIN}/servers`);
  expect(await actions(root)).toEqual([
    ['@local:two.example', 'POST /_plexus/admin/v1/servers/:serverName/suspend', 403],
    ['@root:one.example', 'POST /_plexus/admin/v1/servers', 400],
  ]);
  const [suspended, added] = server.ports.admin.audit.entries.toReversed();
  expect(suspended).toMatchObject({ scope: 'server', target: { serverName: 'one.example' } });
  expect(suspended?.outcome).toEqual({ httpStatus: 403, errcode: 'M_FORBIDDEN' });
  expect(added).toMatchObject({ scope: 'deployment', address: '127.0.0.1' });
  expect(added?.details).toEqual({ server_name: 'bad name', settings: {}, secret_token: '<redacted>' });
});

it('is read by administrators: all of it, or what their own server’s did', async () => {
  expect(await actions(local)).toEqual([[expect.any(String), expect.stringContaining('suspend'), 403]]);
  expect(await actions(local, '?server_name=one.example')).toHaveLength(1);
  expect(await actions(besideRoot)).toEqual([]);
  expect(await actions(root, '?server_name=one.example&limit=1')).toHaveLength(1);
  expect(await actions(root, '?target=one.example')).toHaveLength(1);
  expect(await actions(root, '?administrator=@nobody:one.example')).toEqual([]);
  const { body } = await call(root, 'GET', `${ADMIN}/audit_log?limit=1`);
  expect(await actions(root, `?from=${String(body['next'])}`)).toHaveLength(1);
  expect((await call(user, 'GET', `${ADMIN}/audit_log`)).status).toBe(403);
  expect((await call(root, 'GET', `${ADMIN}/audit_log?from=x`)).status).toBe(400);
});

it('holds for every controller of the admin API', () => {
  for (const controller of ADMIN_CONTROLLERS) {
    expect([controller.name, Reflect.getMetadata('__interceptors__', controller)]).toEqual([
      controller.name,
      [AuditInterceptor],
    ]);
  }
});

it('lets jobs be listed and cancelled, by administrators of their server', async () => {
  const about = { kind: 'purge_history', target: '!r:two.example', requestedBy: '@local:two.example', parameters: {} };
  await server.ports.admin.jobs.addJob({ ...about, jobId: 'theirs', serverName: 'two.example' });
  await server.ports.admin.jobs.addJob({
    ...about,
    jobId: 'other',
    serverName: undefined,
    requestedBy: '@root:one.example',
  });
  const listed = await call(root, 'GET', `${ADMIN}/jobs?kind=purge_history&status=scheduled`);
  expect(adminJobsResponse.check(listed.body).outcome).toBe('ok');
  expect(listed.body['jobs']).toHaveLength(2);
  expect((await call(local, 'GET', `${ADMIN}/jobs`)).body['jobs']).toHaveLength(1);
  expect((await call(local, 'GET', `${ADMIN}/jobs/other`)).status).toBe(404);
  for (const token of [local, besideRoot])
    expect((await call(token, 'DELETE', `${ADMIN}/jobs/other`)).status).toBe(404);
  const cancelled = await call(local, 'DELETE', `${ADMIN}/jobs/theirs`);
  expect(adminJobResponse.check(cancelled.body).outcome).toBe('ok');
  expect(cancelled.body).toMatchObject({ job_id: 'theirs', status: 'cancelled' });
  expect((await call(local, 'DELETE', `${ADMIN}/jobs/theirs`)).status).toBe(409);
});
