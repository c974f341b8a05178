import { UsageGate } from '@plexus/service-shell';
import { FakeCache } from '@plexus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startClientApi } from '../../test-support/client-api-server.ts';
import type { ClientApiServer } from '../../test-support/client-api-server.ts';
import { fakePorts } from '../../test-support/fake-ports.ts';

const V3 = '/_matrix/client/v3';
const REFUSED = [
  403,
  { errcode: 'M_RESOURCE_LIMIT_EXCEEDED', limit_type: 'monthly_active_user', admin_contact: 'mailto:more@example.org' },
];

let server: ClientApiServer;
let active: Set<string>;
let most: number | undefined;

beforeEach(async () => {
  active = new Set();
  most = 1;
  const fakes = fakePorts(['one.example', 'two.example']);
  const usage = new UsageGate({
    activity: {
      isActive: async (userId) => active.has(userId),
      countActive: async (_server, { except, ...up }) =>
        Math.min(up.most, [...active].filter((userId) => !except.includes(userId)).length),
    },
    activeUsers: new FakeCache(),
    limitOf: (serverName) =>
      serverName === 'one.example' && most !== undefined
        ? { monthlyActiveUsers: most, adminContact: 'mailto:more@example.org', isTold: true }
        : undefined,
    clock: { now: () => Date.now() },
  });
  const seen = ({ userId }: { readonly userId: string }): void => void active.add(userId);
  server = await startClientApi({ ...fakes, usage, sightings: { seen } });
});
afterEach(() => server.stop());

async function logIn(user: string): Promise<unknown[]> {
  const identifier = { type: 'm.id.user', user };
  const body = { type: 'm.login.password', identifier, password: 'password' };
  const { status, body: answer } = await server.call('POST', `${V3}/login`, { body, host: 'one.example' });
  return [status, answer];
}

async function createRoom(token: string): Promise<unknown[]> {
  const { status, body } = await server.call('POST', `${V3}/createRoom`, { body: {}, token });
  return [status, body];
}

it('keeps out who is not active where as many are as may be, until there is room again', async () => {
  const alice = await server.register('alice', 'one.example');
  const bob = await server.register('bob', 'one.example');
  expect((await createRoom(alice))[0]).toBe(200);
  expect(await createRoom(bob)).toMatchObject(REFUSED);
  expect((await server.call('GET', `${V3}/joined_rooms`, { token: bob })).status).toBe(200);
  expect(await createRoom(bob)).toMatchObject(REFUSED);
  const body = { username: 'carol', password: 'x', auth: { type: 'm.login.dummy' } };
  const register = async (host: string): Promise<unknown[]> => {
    const answer = await server.call('POST', `${V3}/register`, { body, host });
    return [answer.status, answer.body];
  };
  expect(await register('one.example')).toMatchObject(REFUSED);
  expect((await register('two.example'))[0]).toBe(200);
  expect((await createRoom(alice))[0]).toBe(200);
  most = 2;
  expect((await createRoom(bob))[0]).toBe(200);
  expect(await register('one.example')).toMatchObject(REFUSED);
  most = undefined;
  expect((await register('one.example'))[0]).toBe(200);
});

it('lets those log in alone who are active', async () => {
  const alice = await server.register('alice', 'one.example');
  await server.register('bob', 'one.example');
  expect((await createRoom(alice))[0]).toBe(200);
  expect(await logIn('bob')).toMatchObject(REFUSED);
  expect((await logIn('alice'))[0]).toBe(200);
});
