import type { HostedServerQuotas, ServerUse, ServerUseRecord } from '@plexus/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startClientApi } from '../../test-support/client-api-server.ts';
import type { ClientApiServer } from '../../test-support/client-api-server.ts';
import { fakePorts } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { QuotaBoard } from './quota-board.ts';
import type { QuotaRules } from './quota-board.ts';

const V3 = '/_matrix/client/v3';
const ADMIN = '/_plexus/admin/v1';
const NO_USE: ServerUse = {
  requests: 0,
  receivedBytes: 0,
  sentBytes: 0,
  events: 0,
  eventBytes: 0,
  transactions: 0,
  sentEvents: 0,
};

const RULES: QuotaRules = { quotasOf: ({ quotas = {} }) => quotas, contactOf: () => undefined };

let ports: FakePorts;
let server: ClientApiServer;
let uses: ServerUseRecord[];
let asked: (readonly string[])[];
let board: QuotaBoard;

beforeEach(async () => {
  uses = [];
  asked = [];
  const fakes = fakePorts(['one.example', 'two.example']);
  const use = {
    findUse: async (names: readonly string[]) => {
      asked.push(names);
      return uses.filter(({ serverName }) => names.includes(serverName));
    },
    countAccounts: async (names: readonly string[]) =>
      names.map((serverName) => {
        return { serverName, users: 2, guests: 0, bridged: 0, deactivated: 1, counted: undefined };
      }),
  };
  board = new QuotaBoard({ servers: fakes.servers, use }, RULES);
  ports = { ...fakes, admin: { ...fakes.admin, use }, quotas: board };
  server = await startClientApi(ports, 'usage_limit: { admin_contact: "mailto:more@example.org" }\n');
});
afterEach(() => server.stop());

async function limit(quotas: HostedServerQuotas): Promise<void> {
  await ports.servers.changeServer('one.example', { settings: { quotas } });
  await board.refresh();
}

it('refuses one account more than a server may have, however it comes, and tells whom to ask', async () => {
  await limit({ users: 2 });
  const host = 'one.example';
  for (const username of ['alice', 'bob']) expect(await server.register(username, host)).toMatch(/./);
  const body = { username: 'carol', password: 'x', auth: { type: 'm.login.dummy' } };
  const refused = await server.call('POST', `${V3}/register`, { body, host });
  expect([refused.status, refused.body]).toMatchObject([
    403,
    { errcode: 'M_RESOURCE_LIMIT_EXCEEDED', limit_type: 'max_users', admin_contact: 'mailto:more@example.org' },
  ]);
  expect((await server.call('POST', `${V3}/register`, { body, host: 'two.example' })).status).toBe(200);
  await ports.accounts.deactivateUser('@bob:one.example');
  expect((await server.call('POST', `${V3}/register`, { body, host })).status).toBe(200);
  await limit({ users: 0 });
  const other = { ...body, username: 'dora' };
  expect((await server.call('POST', `${V3}/register`, { body: other, host })).status).toBe(403);
});

it('lets users of a server that has used up what it may store or send do everything but send', async () => {
  const alice = await server.register('alice', 'one.example');
  const bob = await server.register('bob', 'two.example');
  await limit({ eventBytes: 1_000 });
  uses = [{ serverName: 'one.example', month: NO_USE, total: { ...NO_USE, eventBytes: 1_000 } }];
  expect((await server.call('POST', `${V3}/createRoom`, { body: {}, token: alice })).status).toBe(200);
  await board.refresh();
  const refused = await server.call('POST', `${V3}/createRoom`, { body: {}, token: alice });
  expect([refused.status, refused.body]).toMatchObject([
    403,
    { errcode: 'M_RESOURCE_LIMIT_EXCEEDED', limit_type: 'max_event_bytes' },
  ]);
  expect((await server.call('GET', `${V3}/joined_rooms`, { token: alice })).status).toBe(200);
  expect((await server.call('POST', `${V3}/createRoom`, { body: {}, token: bob })).status).toBe(200);
  uses = [{ serverName: 'one.example', month: { ...NO_USE, sentBytes: 40, receivedBytes: 60 }, total: NO_USE }];
  await limit({ monthlyTrafficBytes: 100 });
  const traffic = await server.call('POST', `${V3}/createRoom`, { body: {}, token: alice });
  expect(traffic.body['limit_type']).toBe('max_monthly_traffic_bytes');
  expect(Object.fromEntries(board.countExceeded())).toEqual({ max_event_bytes: 0, max_monthly_traffic_bytes: 1 });
  await limit({ monthlyTrafficBytes: 101 });
  expect((await server.call('POST', `${V3}/createRoom`, { body: {}, token: alice })).status).toBe(200);
});

it('asks Postgres of those servers only that have a quota on what they store or send', async () => {
  await board.refresh();
  await limit({ users: 5 });
  expect(asked).toEqual([]);
  await limit({ eventBytes: 5 });
  expect(asked).toEqual([['one.example']]);
});

it('tells administrators what their own server uses, and those of the deployment of all', async () => {
  const alice = await server.register('alice', 'one.example');
  ports.accounts.users.set('@alice:one.example', {
    ...(await ports.accounts.findUser('@alice:one.example').then((user) => {
      if (user === undefined) throw new TypeError('no user');
      return user;
    })),
    isAdmin: true,
  });
  uses = [{ serverName: 'one.example', month: { ...NO_USE, requests: 3 }, total: { ...NO_USE, eventBytes: 9 } }];
  await limit({ users: 2, eventBytes: 9 });
  const own = await server.call('GET', `${ADMIN}/servers/one.example/usage`, { token: alice });
  expect([own.status, own.body]).toMatchObject([
    200,
    {
      server_name: 'one.example',
      users: { open: 2, deactivated: 1 },
      month: { requests: 3 },
      total: { event_bytes: 9 },
      quotas: { max_users: 2, max_event_bytes: 9 },
      exceeded: ['max_users', 'max_event_bytes'],
    },
  ]);
  expect((await server.call('GET', `${ADMIN}/servers/two.example/usage`, { token: alice })).status).toBe(403);
  expect((await server.call('GET', `${ADMIN}/server_usage`, { token: alice })).status).toBe(403);
});
