import {
  deadLettersResponse,
  givenUpPdusResponse,
  hostedServerResponse,
  hostedServersResponse,
  serverRemovalResponse,
  signingKeysResponse,
  logLevelsResponse,
  redactedCopiesResponse,
} from '@plexus/matrix-api';
import type { DeadLetter } from '@plexus/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { Answer, ClientApiServer } from '../../../test-support/client-api-server.ts';
import { fakePorts } from '../../../test-support/fake-ports.ts';

const ADMIN = '/_plexus/admin/v1';
const letter: DeadLetter = {
  shard: 1,
  deadLetterNid: 7,
  source: 'federation.pdus',
  roomId: '!r:one.example',
  eventId: undefined,
  origin: 'two.example',
  error: 'it fails',
  attempts: 2,
  setAsideAt: 5,
};

let server: ClientApiServer;
let admin: string;
let user: string;

beforeAll(async () => {
  const ports = fakePorts();
  server = await startClientApi({
    ...ports,
    deadLetters: {
      listDeadLetters: async ({ after }) => (after === undefined ? [letter] : []),
      findDeadLetter: async (shard, nid) => (shard === 1 && nid === 7 ? letter : undefined),
    },
    givenUp: {
      listGivenUpPdus: async ({ after, roomId, origin }) =>
        after !== undefined || roomId === undefined || origin === undefined
          ? []
          : [{ shard: 1, givenUpNid: 9, roomId, eventId: '$e', origin, because: 'nobody has it', givenUpAt: 5 }],
    },
    redactedCopies: {
      listRedactedCopies: async ({ after, roomId }) =>
        after !== undefined || roomId === undefined
          ? []
          : [{ shard: 1, eventNid: 9, roomId, eventId: '$e', notedAt: 5 }],
    },
  });
  await ports.accounts.addUser({ userId: '@root:one.example', passwordHash: 'hash of x', isDeploymentAdmin: true });
  const body = { type: 'm.login.password', user: 'root', password: 'x' };
  admin = String((await server.call('POST', '/_matrix/client/v3/login', { body })).body['access_token']);
  user = await server.register('user');
});
afterAll(() => server.stop());

function call(method: string, path: string, body?: unknown, token = admin): Promise<Answer> {
  return server.call(method, `${ADMIN}${path}`, { token, body });
}

function errorOf({ status, body }: Answer): [number, unknown] {
  return [status, body['errcode']];
}

describe('hosted servers', () => {
  it('are for administrators only', async () => {
    for (const [method, path] of [
      ['GET', '/servers'],
      ['POST', '/servers'],
      ['GET', '/servers/one.example'],
      ['PUT', '/servers/one.example/settings'],
      ['POST', '/servers/one.example/suspend'],
      ['POST', '/servers/one.example/resume'],
      ['DELETE', '/servers/one.example'],
      ['GET', '/servers/one.example/signing_keys'],
      ['POST', '/servers/one.example/signing_keys/rotate'],
      ['POST', '/servers/one.example/signing_keys/import'],
      ['GET', '/server_removals/x'],
      ['GET', '/dead_letters'],
      ['GET', '/given_up_pdus'],
      ['GET', '/redacted_copies'],
      ['POST', '/dead_letters/1-7/retry'],
      ['DELETE', '/dead_letters/1-7'],
      ['GET', '/log_levels'],
      ['PUT', '/log_levels/sync'],
      ['DELETE', '/log_levels/sync'],
    ] as const) {
      const isRead = method === 'GET' || method === 'DELETE';
      expect(errorOf(await call(method, path, isRead ? undefined : {}, user))).toEqual([403, 'M_FORBIDDEN']);
      expect(errorOf(await server.call(method, `${ADMIN}${path}`))).toEqual([401, 'M_MISSING_TOKEN']);
    }
  });

  it('are added, listed and read', async () => {
    const settings = {
      public_baseurl: 'https://chat.two.example',
      registration: { enabled: true },
      aliases: ['chat.two.example'],
    };
    const added = await call('POST', '/servers', { server_name: 'two.example', settings });
    expect(added.status).toBe(201);
    expect(hostedServerResponse.check(added.body).outcome).toBe('ok');
    expect(added.body).toMatchObject({ server_name: 'two.example', status: 'active', origin: 'admin-api', settings });
    expect((await call('GET', '/servers/two.example')).body).toEqual(added.body);
    const all = await call('GET', '/servers');
    expect(hostedServersResponse.check(all.body).outcome).toBe('ok');
    expect(server.ports.servers.findSigningKey('two.example')?.keyId).toMatch(/^ed25519:p_[0-9a-f]{8}$/);
  });

  it.each<[string, unknown, [number, string]]>([
    ['no name', {}, [400, 'M_MISSING_PARAM']],
    ['a bad name', { server_name: 'two example' }, [400, 'M_INVALID_PARAM']],
    ['an unknown setting', { server_name: 'x.example', settings: { colour: 'red' } }, [400, 'M_BAD_JSON']],
    [
      'a base URL with a path',
      { server_name: 'x.example', settings: { public_baseurl: 'https://x/y' } },
      [400, 'M_BAD_JSON'],
    ],
    [
      'an alias that is no host',
      { server_name: 'x.example', settings: { aliases: ['a\u0000'] } },
      [400, 'M_INVALID_PARAM'],
    ],
    [
      'an alias of another',
      { server_name: 'x.example', settings: { aliases: ['ONE.example'] } },
      [409, 'M_INVALID_PARAM'],
    ],
    [
      'a base URL that is none',
      { server_name: 'x.example', settings: { public_baseurl: 'https://:x' } },
      [400, 'M_INVALID_PARAM'],
    ],
    [
      'a strange well-known',
      { server_name: 'x.example', settings: { well_known: { server: 'a b' } } },
      [400, 'M_INVALID_PARAM'],
    ],
    ['a server that is hosted already', { server_name: 'one.example' }, [409, 'M_INVALID_PARAM']],
  ])('are not added with %s', async (_what, body, expected) => {
    expect(errorOf(await call('POST', '/servers', body))).toEqual(expected);
  });

  it('change their settings, unless the configuration file has them', async () => {
    const settings = { registration: { enabled: false } };
    expect((await call('PUT', '/servers/two.example/settings', settings)).body['settings']).toEqual(settings);
    expect(errorOf(await call('PUT', '/servers/one.example/settings', settings))).toEqual([409, 'M_INVALID_PARAM']);
    expect(errorOf(await call('PUT', '/servers/none.example/settings', settings))).toEqual([404, 'M_NOT_FOUND']);
  });

  it('are suspended and resumed', async () => {
    const body = { auth: { type: 'm.login.dummy' } };
    await server.ports.servers.changeServer('two.example', { settings: {} });
    const register = () => server.call('POST', '/_matrix/client/v3/register', { body, host: 'two.example' });
    const token = String((await register()).body['access_token']);
    const whoAmI = () => server.call('GET', '/_matrix/client/v3/account/whoami', { token });
    expect((await call('POST', '/servers/two.example/suspend')).body).toMatchObject({ status: 'suspended' });
    expect(errorOf(await whoAmI())).toEqual([403, 'M_FORBIDDEN']);
    expect(errorOf(await register())).toEqual([403, 'M_FORBIDDEN']);
    expect((await call('POST', '/servers/two.example/resume')).body).toMatchObject({ status: 'active' });
    expect((await whoAmI()).status).toBe(200);
  });

  it('sign with another key when an administrator says so, and keep the one before', async () => {
    const before = await call('GET', '/servers/two.example/signing_keys');
    expect(signingKeysResponse.check(before.body).outcome).toBe('ok');
    const rotated = await call('POST', '/servers/two.example/signing_keys/rotate', {});
    expect([rotated.status, signingKeysResponse.check(rotated.body).outcome]).toEqual([200, 'ok']);
    const newest = server.ports.servers.findSigningKey('two.example')?.keyId;
    expect(rotated.body['keys']).toMatchObject([{ key_id: newest }, { active_since: expect.any(Number) }]);
    expect((await call('GET', '/servers/two.example/signing_keys')).body).toEqual(rotated.body);
    expect(errorOf(await call('GET', '/servers/none.example/signing_keys'))).toEqual([404, 'M_NOT_FOUND']);
    expect(errorOf(await call('POST', '/servers/none.example/signing_keys/rotate', {}))).toEqual([404, 'M_NOT_FOUND']);
  });

  it('bring the keys that they had elsewhere', async () => {
    const key = 'BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU';
    const body = { old_verify_keys: { 'ed25519:a_former': { key, expired_ts: 1_600_000_000_000 } } };
    const imported = await call('POST', '/servers/two.example/signing_keys/import', body);
    expect([imported.status, signingKeysResponse.check(imported.body).outcome]).toEqual([200, 'ok']);
    const former = { key_id: 'ed25519:a_former', public_key: key, retired_at: 1_600_000_000_000 };
    expect((imported.body['keys'] as unknown[]).at(-1)).toEqual(former);
    expect((await call('GET', '/servers/two.example/signing_keys')).body).toEqual(imported.body);
    expect(errorOf(await call('POST', '/servers/two.example/signing_keys/import', {}))[0]).toBe(400);
    const absent = await call('POST', '/servers/none.example/signing_keys/import', body);
    expect(errorOf(absent)).toEqual([404, 'M_NOT_FOUND']);
  });

  it('are not suspended or removed by an administrator who would be shut out with them', async () => {
    await server.ports.servers.changeServer('one.example', { origin: 'admin-api' });
    expect(errorOf(await call('POST', '/servers/one.example/suspend'))).toEqual([409, 'M_INVALID_PARAM']);
    expect(errorOf(await call('DELETE', '/servers/one.example'))).toEqual([409, 'M_INVALID_PARAM']);
    await server.ports.servers.changeServer('one.example', { origin: 'configuration' });
    expect((await call('GET', '/servers/one.example')).body).toMatchObject({ status: 'active' });
  });

  it('are removed by a job that can be watched', async () => {
    const begun = await call('DELETE', '/servers/two.example');
    expect(begun.status).toBe(202);
    expect(serverRemovalResponse.check(begun.body).outcome).toBe('ok');
    expect((await call('DELETE', '/servers/two.example')).body['job_id']).toBe(begun.body['job_id']);
    expect((await call('GET', '/servers/two.example')).body).toMatchObject({ status: 'removing' });
    expect(errorOf(await call('POST', '/servers/two.example/resume'))).toEqual([409, 'M_INVALID_PARAM']);
    expect((await call('GET', `/server_removals/${String(begun.body['job_id'])}`)).body).toEqual(begun.body);
    expect(errorOf(await call('GET', '/server_removals/none'))).toEqual([404, 'M_NOT_FOUND']);
    expect(errorOf(await call('DELETE', '/servers/one.example'))).toEqual([409, 'M_INVALID_PARAM']);
    expect(errorOf(await call('DELETE', '/servers/none.example'))).toEqual([404, 'M_NOT_FOUND']);
  });
});

describe('events that were given up', () => {
  it('are listed by page, of one room or one server', async () => {
    const page = await call('GET', '/given_up_pdus?limit=1&room_id=!r:one.example&origin=two.example');
    expect(givenUpPdusResponse.check(page.body).outcome).toBe('ok');
    expect(page.body).toEqual({
      pdus: [
        {
          room_id: '!r:one.example',
          event_id: '$e',
          origin: 'two.example',
          because: 'nobody has it',
          given_up_at: 5,
        },
      ],
      next: '1-9',
    });
    expect((await call('GET', '/given_up_pdus?from=1-9')).body).toEqual({ pdus: [] });
    expect(errorOf(await call('GET', '/given_up_pdus?from=x'))).toEqual([400, 'M_INVALID_PARAM']);
    expect(errorOf(await call('GET', '/given_up_pdus?origin=%00'))).toEqual([400, 'M_INVALID_PARAM']);
  });
});

describe('events without their content', () => {
  it('are listed by page, of one room or of all', async () => {
    const page = await call('GET', '/redacted_copies?limit=1&room_id=!r:one.example');
    expect(redactedCopiesResponse.check(page.body).outcome).toBe('ok');
    expect(page.body).toEqual({
      copies: [{ room_id: '!r:one.example', event_id: '$e', noted_at: 5 }],
      next: '1-9',
    });
    expect((await call('GET', '/redacted_copies?from=1-9')).body).toEqual({ copies: [] });
    expect(errorOf(await call('GET', '/redacted_copies?from=x'))).toEqual([400, 'M_INVALID_PARAM']);
    expect(errorOf(await call('GET', '/redacted_copies?room_id=%00'))).toEqual([400, 'M_INVALID_PARAM']);
  });
});

describe('dead letters', () => {
  it('are listed by page', async () => {
    const page = await call('GET', '/dead_letters?limit=1');
    expect(deadLettersResponse.check(page.body).outcome).toBe('ok');
    expect(page.body).toMatchObject({ dead_letters: [{ dead_letter_id: '1-7', origin: 'two.example' }], next: '1-7' });
    expect((await call('GET', '/dead_letters?from=1-7')).body).toEqual({ dead_letters: [] });
    expect(errorOf(await call('GET', '/dead_letters?from=x'))).toEqual([400, 'M_INVALID_PARAM']);
  });

  it('are retried and discarded by the owner of their room', async () => {
    expect((await call('POST', '/dead_letters/1-7/retry')).status).toBe(200);
    expect((await call('DELETE', '/dead_letters/1-7')).status).toBe(200);
    const asked = server.ports.writer.commands.slice(-2).map(({ roomId, command }) => [roomId, command]);
    expect(asked).toEqual([
      ['!r:one.example', { $case: 'deadLetter', value: { deadLetterNid: 7, retry: true } }],
      ['!r:one.example', { $case: 'deadLetter', value: { deadLetterNid: 7, retry: false } }],
    ]);
    expect(errorOf(await call('DELETE', '/dead_letters/1-8'))).toEqual([404, 'M_NOT_FOUND']);
    expect(errorOf(await call('DELETE', '/dead_letters/x'))).toEqual([400, 'M_INVALID_PARAM']);
  });
});

describe('levels of the log', () => {
  it('are set for a service, for a time where that is said, and taken back', async () => {
    const set = await call('PUT', '/log_levels/sync', { level: 'debug', for_ms: 600_000 });
    expect(logLevelsResponse.check(set.body).outcome).toBe('ok');
    expect(set.body).toMatchObject({ levels: [{ service: 'sync', level: 'debug', expires_at: expect.any(Number) }] });
    await call('PUT', '/log_levels/all', { level: 'warn' });
    expect((await call('GET', '/log_levels')).body).toMatchObject({
      levels: [{ service: 'sync' }, { service: 'all' }],
    });
    expect((await call('DELETE', '/log_levels/sync')).body).toEqual({ levels: [{ service: 'all', level: 'warn' }] });
    expect(errorOf(await call('DELETE', '/log_levels/sync'))).toEqual([404, 'M_NOT_FOUND']);
    expect((await call('DELETE', '/log_levels/all')).body).toEqual({ levels: [] });
  });

  it('are those that there are, of services that there are', async () => {
    expect(errorOf(await call('PUT', '/log_levels/nothing', { level: 'info' }))).toEqual([400, 'M_INVALID_PARAM']);
    expect(errorOf(await call('PUT', '/log_levels/sync', { level: 'loud' }))[0]).toBe(400);
    expect(errorOf(await call('PUT', '/log_levels/sync', { level: 'info', for_ms: 1 }))[0]).toBe(400);
  });
});
