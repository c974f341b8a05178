import { serverUsageResponse, serverUsagesResponse } from '@plexus/matrix-api';
import { beforeAll, expect, it } from 'vitest';
import type { MatrixClient, Reply } from '../../support/matrix-client.ts';
import { MatrixHttp } from '../../support/matrix-client.ts';
import { waitUntil } from '../../support/servers/wait-until.ts';
import { deploymentAdmin, elsewhere, PLEXUS_ADMIN, serverAdmin } from '../support/administrators.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { sharedDeployment, uniqueName } from '../support/specified-http.ts';

const PATIENCE_MS = 60_000;

let root: MatrixClient;
let serverName: string;
let http: MatrixHttp;
beforeAll(async () => {
  root = await deploymentAdmin();
  serverName = `${uniqueName('used')}.example`;
  http = await elsewhere(root, serverName);
});

const usageOf = (name: string, by = root): Promise<Reply> => by.call('GET', `${PLEXUS_ADMIN}/servers/${name}/usage`);

it('counts accounts, stored events and traffic of a hosted server', async () => {
  const alice = await http.register(uniqueName('alice'));
  const roomId = await alice.createRoom();
  await alice.send(roomId, 'x'.repeat(5_000));
  await waitUntil('the use is counted', PATIENCE_MS, async () => {
    const { body } = await usageOf(serverName);
    const { month, total } = body as { month: Record<string, number>; total: Record<string, number> };
    return (total['event_bytes'] ?? 0) > 5_000 && (month['received_bytes'] ?? 0) > 5_000;
  });
  const reply = await usageOf(serverName);
  expectShape(reply, serverUsageResponse);
  expect(reply.body).toMatchObject({
    server_name: serverName,
    users: { open: 1, guests: 0 },
    quotas: {},
    exceeded: [],
  });
});

it('is for the administrators of the deployment, and for those of the server itself', async () => {
  const own = await serverAdmin(serverName);
  expect((await usageOf(serverName, own)).status).toBe(200);
  expectError(await usageOf('localhost', own), 403, 'M_FORBIDDEN');
  expectError(await usageOf('nobody.example'), 404, 'M_NOT_FOUND');
  expectError(await own.call('GET', `${PLEXUS_ADMIN}/server_usage`), 403, 'M_FORBIDDEN');
  const plain = await http.register(uniqueName('plain'));
  expectError(await usageOf(serverName, plain), 403, 'M_FORBIDDEN');
});

it('is listed page by page', async () => {
  const names: string[] = [];
  for (let from = ''; ;) {
    const reply = await root.call('GET', `${PLEXUS_ADMIN}/server_usage?limit=2${from}`);
    expectShape(reply, serverUsagesResponse);
    const { usage, next_token: next } = reply.body as { usage: { server_name: string }[]; next_token?: string };
    names.push(...usage.map((one) => one.server_name));
    if (next === undefined) break;
    from = `&from=${encodeURIComponent(next)}`;
  }
  expect(names).toEqual([...names].sort());
  expect(names).toContain(serverName);
});

it('holds a server to its quota of accounts, at every replica', async () => {
  const limited = `${uniqueName('limited')}.example`;
  await elsewhere(root, limited);
  const settings = { registration: { enabled: true }, quotas: { max_users: 1 } };
  const path = `${PLEXUS_ADMIN}/servers/${limited}/settings`;
  const changed = await root.call('PUT', path, settings);
  expect(changed.body['settings']).toMatchObject({ quotas: { max_users: 1 } });
  const deployment = await sharedDeployment();
  await new MatrixHttp(deployment, { host: limited }).register(uniqueName('first'));
  for (const replica of [0, 1]) {
    const there = new MatrixHttp(deployment.routesTo(replica), { host: limited });
    const body = { username: uniqueName('second'), password: 'x', auth: { type: 'm.login.dummy' } };
    const refused = await there.call('POST', '/_matrix/client/v3/register', { body });
    expectError(refused, 403, 'M_RESOURCE_LIMIT_EXCEEDED');
    expect(refused.body).toMatchObject({ limit_type: 'max_users', admin_contact: '' });
  }
  expect((await usageOf(limited)).body).toMatchObject({ users: { open: 1 }, exceeded: ['max_users'] });
  expect((await root.call('PUT', path, { quotas: { max_users: -1 } })).status).toBe(400);
});

it('limits what all users of a hosted server send together, at all replicas, and nobody else', async () => {
  const limited = `${uniqueName('noisy')}.example`;
  await elsewhere(root, limited);
  const few = { per_second: 0.001, burst_count: 3 };
  const many = { per_second: 1_000, burst_count: 1_000 };
  const limits = { enabled: true, rc_server: { messages: few }, rc_message: many, rc_registration: many };
  const settings = { registration: { enabled: true }, rate_limits: limits };
  const changed = await root.call('PUT', `${PLEXUS_ADMIN}/servers/${limited}/settings`, settings);
  expect(changed.body['settings']).toMatchObject({ rate_limits: { rc_server: { messages: few } } });
  const deployment = await sharedDeployment();
  const first = await new MatrixHttp(deployment.routesTo(0), { host: limited }).register(uniqueName('first'));
  const second = await new MatrixHttp(deployment.routesTo(1), { host: limited }).register(uniqueName('second'));
  const quiet = await http.register(uniqueName('quiet'));
  const room = await first.createRoom({ preset: 'public_chat' });
  await second.join(room);
  const send = (by: MatrixClient, index: number): Promise<Reply> =>
    by.call('PUT', by.sendPath(room, `t${index}`), { msgtype: 'm.text', body: 'x' });
  const statuses: number[] = [];
  for (const [index, by] of [first, second, first, second, first].entries())
    statuses.push((await send(by, index)).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  await quiet.send(await quiet.createRoom(), 'not limited');
});
