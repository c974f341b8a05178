import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
let roomId: string;
beforeAll(async () => {
  http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});
beforeEach(async () => {
  roomId = await alice.createRoom({ preset: 'private_chat' });
});

function put(path: string, body: unknown = {}, client = alice): Promise<Reply> {
  return client.call('PUT', roomPath(roomId, `/state/${path}`), body);
}

function get(path: string, client = alice): Promise<Reply> {
  return client.call('GET', roomPath(roomId, `/state${path}`));
}

describe('PUT and GET /state/{type}/{key}', () => {
  it.each([
    ['an empty key, left out', 'm.room.topic', '/m.room.topic'],
    ['an empty key, after a slash', 'm.room.topic/', '/m.room.topic/'],
    [
      'a key of any characters',
      `org.test/${encodeURIComponent('é/ ?#%')}`,
      `/org.test/${encodeURIComponent('é/ ?#%')}`,
    ],
    ['a type of any characters', `${encodeURIComponent('o/é?')}/k`, `/${encodeURIComponent('o/é?')}/k`],
    ['a key of 255 bytes', `org.test/${'k'.repeat(255)}`, `/org.test/${'k'.repeat(255)}`],
  ])('keep %s', async (_title, path, readPath) => {
    const { status, body } = await put(path, { topic: 'one' });
    expect(status).toBe(200);
    expect((await get(readPath)).body).toEqual({ topic: 'one' });
    const event = await alice.ask('GET', roomPath(roomId, `/state${readPath}?format=event`));
    expect(event).toMatchObject({ event_id: body['event_id'], sender: alice.userId, content: { topic: 'one' } });
    expect((await put(path, { topic: 'two' })).body).not.toEqual(body);
    expect((await get(readPath)).body).toEqual({ topic: 'two' });
  });

  it('change memberships as the other endpoints do', async () => {
    const bobKey = `m.room.member/${encodeURIComponent(bob.userId)}`;
    expect((await put(bobKey, { membership: 'invite', displayname: 'B' })).status).toBe(200);
    expect((await put(bobKey, { membership: 'join' }, bob)).status).toBe(200);
    expect((await put(bobKey, { membership: 'leave' })).status).toBe(200);
    expectError(await put(bobKey, { membership: 'join' }, bob), 403, 'M_FORBIDDEN');
    expectError(await put(bobKey, { membership: 'dance' }), 400, 'M_BAD_JSON');
    expectError(await put(bobKey, {}), 400, 'M_BAD_JSON');
    expectError(await put('m.room.member/nobody', { membership: 'invite' }), 400, 'M_INVALID_PARAM');
  });

  it.each<[string, string, unknown, number, string]>([
    ['a state key of 256 bytes', `org.test/${'k'.repeat(256)}`, {}, 400, 'M_INVALID_PARAM'],
    ['a type of 256 bytes', 't'.repeat(256), {}, 400, 'M_INVALID_PARAM'],
    ['content that is no object', 'org.test', [], 400, 'M_BAD_JSON'],
    ['a second create event', 'm.room.create', {}, 403, 'M_FORBIDDEN'],
    ['another user’s key', 'org.test/%40someone%3Alocalhost', {}, 403, 'M_FORBIDDEN'],
    ['an event that is too large', 'org.test', { a: 'x'.repeat(66_000) }, 413, 'M_TOO_LARGE'],
  ])('refuse %s', async (_title, path, body, status, errcode) => {
    expectError(await put(path, body), status, errcode);
  });

  it('refuse who has not the power', async () => {
    await alice.invite(roomId, bob.userId);
    await bob.join(roomId);
    expectError(await put('m.room.topic', { topic: 'x' }, bob), 403, 'M_FORBIDDEN');
    const levels = (await get('/m.room.power_levels')).body;
    await put('m.room.power_levels', { ...levels, users: { ...(levels['users'] as Json), [bob.userId]: 50 } });
    expect((await put('m.room.topic', { topic: 'x' }, bob)).status).toBe(200);
    const greedy = { ...levels, users: { ...(levels['users'] as Json), [bob.userId]: 100 } };
    expectError(await put('m.room.power_levels', greedy, bob), 403, 'M_FORBIDDEN');
  });
});

describe('m.room.canonical_alias', () => {
  it('names aliases of this room only', async () => {
    const name = uniqueName('alias');
    roomId = await alice.createRoom({ room_alias_name: name });
    const other = uniqueName('other');
    await alice.createRoom({ room_alias_name: other });
    const own = `#${name}:localhost`;
    expect((await put('m.room.canonical_alias', { alias: own, alt_aliases: [own] })).status).toBe(200);
    expectError(await put('m.room.canonical_alias', { alias: `#${other}:localhost` }), 400, 'M_BAD_ALIAS');
    expectError(await put('m.room.canonical_alias', { alt_aliases: ['#no-such:localhost'] }), 400, 'M_BAD_ALIAS');
    expectError(await put('m.room.canonical_alias', { alias: 'nonsense' }), 400, 'M_INVALID_PARAM');
    expect((await put('m.room.canonical_alias', {})).status).toBe(200);
  });
});

describe('reading state', () => {
  it('is for members, and for former members as it was when they left', async () => {
    for (const path of ['', '/m.room.create']) expectError(await get(path, bob), 403, 'M_FORBIDDEN');
    await alice.invite(roomId, bob.userId);
    expectError(await get('', bob), 403, 'M_FORBIDDEN');
    await bob.join(roomId);
    await put('m.room.topic', { topic: 'then' });
    await bob.leave(roomId);
    await put('m.room.topic', { topic: 'now' });
    expect((await get('/m.room.topic', bob)).body).toEqual({ topic: 'then' });
    expect((await get('/m.room.topic')).body).toEqual({ topic: 'now' });
  });

  it('is for everybody where the history is world-readable', async () => {
    await put('m.room.history_visibility', { history_visibility: 'world_readable' });
    expect((await get('/m.room.create', bob)).status).toBe(200);
  });

  it('of what is not there is M_NOT_FOUND, of no room id M_INVALID_PARAM', async () => {
    expectError(await get('/m.room.topic'), 404, 'M_NOT_FOUND');
    expectError(await get('/m.room.create?format=nonsense'), 400, 'M_INVALID_PARAM');
    expectError(await alice.call('GET', roomPath('nonsense', '/state')), 400, 'M_INVALID_PARAM');
  });
});
