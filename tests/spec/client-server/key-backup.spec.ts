import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';

const VERSION = '/_matrix/client/v3/room_keys/version';
const KEYS = '/_matrix/client/v3/room_keys/keys';
const ALGORITHM = 'm.megolm_backup.v1.curve25519-aes-sha2';
const BACKUP = { algorithm: ALGORITHM, auth_data: { public_key: 'abc', 'org.test': 0.5 } };
const ROOM = '!room:localhost';
const IN_ROOM = `/${encodeURIComponent(ROOM)}`;

let http: SpecifiedHttp;
let alice: MatrixClient;
let version: string;

beforeAll(async () => {
  http = await specified();
});
beforeEach(async () => {
  alice = await http.register(uniqueName('alice'));
  version = String((await alice.ask('POST', VERSION, BACKUP))['version']);
});

function keysPath(rest = '', of = version): string {
  return `${KEYS}${rest}?version=${of}`;
}

function keyOf(changes: Json = {}): Json {
  return {
    first_message_index: 1,
    forwarded_count: 0,
    is_verified: false,
    session_data: { ciphertext: 'c' },
    ...changes,
  };
}

describe('versions of a backup', () => {
  it('are made, shown, changed and removed', async () => {
    const shown = { ...BACKUP, version, count: 0, etag: '0' };
    expect(await alice.ask('GET', VERSION)).toEqual(shown);
    const next = String((await alice.ask('POST', VERSION, { ...BACKUP, auth_data: {} }))['version']);
    expect(next).not.toBe(version);
    expect(await alice.ask('GET', VERSION)).toMatchObject({ version: next });
    await alice.ask('PUT', `${VERSION}/${next}`, {
      algorithm: ALGORITHM,
      auth_data: { public_key: 'd' },
      version: next,
    });
    expect(await alice.ask('GET', `${VERSION}/${next}`)).toMatchObject({ auth_data: { public_key: 'd' } });
    await alice.ask('DELETE', `${VERSION}/${next}`);
    await alice.ask('DELETE', `${VERSION}/${next}`);
    expect(await alice.ask('GET', VERSION)).toEqual(shown);
    expectError(await alice.call('GET', `${VERSION}/${next}`), 404, 'M_NOT_FOUND');
  });

  it('that there are not are not found', async () => {
    for (const unknown of ['7', '0', 'x', '99999999999999999999']) {
      expectError(await alice.call('GET', `${VERSION}/${unknown}`), 404, 'M_NOT_FOUND');
      expectError(await alice.call('PUT', `${VERSION}/${unknown}`, BACKUP), 404, 'M_NOT_FOUND');
      expectError(await alice.call('DELETE', `${VERSION}/${unknown}`), 404, 'M_NOT_FOUND');
    }
    await alice.ask('DELETE', `${VERSION}/${version}`);
    expectError(await alice.call('GET', VERSION), 404, 'M_NOT_FOUND');
  });

  it.each<[string, Json]>([
    ['another algorithm', { ...BACKUP, algorithm: 'other' }],
    ['another version in the body', { ...BACKUP, version: '7' }],
  ])('are not changed to %s', async (_title, body) => {
    expectError(await alice.call('PUT', `${VERSION}/${version}`, body), 400, 'M_INVALID_PARAM');
  });

  it('belong to one user', async () => {
    const bob = await http.register(uniqueName('bob'));
    expectError(await bob.call('GET', VERSION), 404, 'M_NOT_FOUND');
    expectError(await bob.call('GET', keysPath()), 404, 'M_NOT_FOUND');
  });
});

describe('keys of a backup', () => {
  it('are stored at once, by room and one by one, and come back', async () => {
    const rooms = { [ROOM]: { sessions: { s1: keyOf() } } };
    expect(await alice.ask('PUT', keysPath(), { rooms })).toEqual({ etag: '1', count: 1 });
    expect(await alice.ask('PUT', keysPath(IN_ROOM), { sessions: { s2: keyOf() } })).toEqual({ etag: '2', count: 2 });
    expect(await alice.ask('PUT', keysPath(`${IN_ROOM}/s3`), keyOf())).toEqual({ etag: '3', count: 3 });
    const sessions = { s1: keyOf(), s2: keyOf(), s3: keyOf() };
    expect(await alice.ask('GET', keysPath())).toEqual({ rooms: { [ROOM]: { sessions } } });
    expect(await alice.ask('GET', keysPath(IN_ROOM))).toEqual({ sessions });
    expect(await alice.ask('GET', keysPath(`${IN_ROOM}/s2`))).toEqual(keyOf());
    expect(await alice.ask('GET', VERSION)).toMatchObject({ etag: '3', count: 3 });
  });

  it('are replaced by better ones only, and the etag tells', async () => {
    const path = keysPath(`${IN_ROOM}/s`);
    const put = async (key: Json): Promise<unknown> => (await alice.ask('PUT', path, key))['etag'];
    expect(await put(keyOf())).toBe('1');
    expect(await put(keyOf({ first_message_index: 2 }))).toBe('1');
    expect(await put(keyOf({ forwarded_count: 1 }))).toBe('1');
    expect(await put(keyOf({ first_message_index: 0, forwarded_count: 1 }))).toBe('2');
    expect(await put(keyOf({ first_message_index: 9, forwarded_count: 9, is_verified: true }))).toBe('3');
    expect(await put(keyOf({ first_message_index: 0 }))).toBe('3');
    expect(await alice.ask('GET', path)).toMatchObject({ is_verified: true, first_message_index: 9 });
  });

  it('are removed one by one, by room and at once', async () => {
    const sessions = { s1: keyOf(), s2: keyOf() };
    await alice.ask('PUT', keysPath(), { rooms: { [ROOM]: { sessions }, '!other:localhost': { sessions } } });
    expect(await alice.ask('DELETE', keysPath(`${IN_ROOM}/s1`))).toMatchObject({ count: 3 });
    expectError(await alice.call('GET', keysPath(`${IN_ROOM}/s1`)), 404, 'M_NOT_FOUND');
    expect(await alice.ask('DELETE', keysPath(IN_ROOM))).toMatchObject({ count: 2 });
    expect(await alice.ask('GET', keysPath(IN_ROOM))).toEqual({ sessions: {} });
    expect(await alice.ask('DELETE', keysPath())).toMatchObject({ count: 0 });
    expect(await alice.ask('GET', keysPath())).toEqual({ rooms: {} });
  });

  it('go into the current version only', async () => {
    const next = String((await alice.ask('POST', VERSION, BACKUP))['version']);
    const reply = await alice.call('PUT', keysPath(), { rooms: {} });
    expectError(reply, 403, 'M_WRONG_ROOM_KEYS_VERSION');
    expect(reply.body['current_version']).toBe(next);
    for (const made of [version, next]) await alice.ask('DELETE', `${VERSION}/${made}`);
    for (const method of ['GET', 'DELETE']) expectError(await alice.call(method, keysPath()), 404, 'M_NOT_FOUND');
    expectError(await alice.call('PUT', keysPath(), { rooms: {} }), 404, 'M_NOT_FOUND');
  });

  it.each<[string, string, Json, string]>([
    ['a room that is none', '', { rooms: { room: { sessions: { s: keyOf() } } } }, 'M_INVALID_PARAM'],
    [
      'a negative index',
      '',
      { rooms: { [ROOM]: { sessions: { s: keyOf({ first_message_index: -1 }) } } } },
      'M_BAD_JSON',
    ],
    ['an index beyond all numbers', `${IN_ROOM}/s`, keyOf({ first_message_index: 1e300 }), 'M_BAD_JSON'],
    ['a zero byte in a session id', `${IN_ROOM}/%00`, keyOf(), 'M_INVALID_PARAM'],
    ['no sessions', IN_ROOM, {}, 'M_MISSING_PARAM'],
  ])('are refused for %s', async (_title, rest, body, errcode) => {
    expectError(await alice.call('PUT', keysPath(rest), body), 400, errcode);
  });

  it('need a version', async () => {
    for (const method of ['GET', 'DELETE']) expectError(await alice.call(method, KEYS), 400, 'M_MISSING_PARAM');
    expectError(await alice.call('PUT', KEYS, { rooms: {} }), 400, 'M_MISSING_PARAM');
  });
});
