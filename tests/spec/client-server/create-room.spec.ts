import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const CREATE = '/_matrix/client/v3/createRoom';

let alice: MatrixClient;
let bob: MatrixClient;
beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});

async function stateOf(roomId: string, type: string, stateKey = ''): Promise<Json> {
  return alice.ask('GET', roomPath(roomId, `/state/${type}/${encodeURIComponent(stateKey)}`));
}

describe('a preset', () => {
  it.each([
    ['private_chat', 'invite', 'can_join'],
    ['trusted_private_chat', 'invite', 'can_join'],
    ['public_chat', 'public', 'forbidden'],
  ])('%s decides who may enter', async (preset, joinRule, guestAccess) => {
    const roomId = await alice.createRoom({ preset });
    expect(await stateOf(roomId, 'm.room.join_rules')).toEqual({ join_rule: joinRule });
    expect(await stateOf(roomId, 'm.room.guest_access')).toEqual({ guest_access: guestAccess });
    expect(await stateOf(roomId, 'm.room.history_visibility')).toEqual({ history_visibility: 'shared' });
  });

  it('follows the visibility where none is given', async () => {
    const isPublic = await alice.createRoom({ visibility: 'public' });
    expect(await stateOf(isPublic, 'm.room.join_rules')).toEqual({ join_rule: 'public' });
    expect(await stateOf(await alice.createRoom(), 'm.room.join_rules')).toEqual({ join_rule: 'invite' });
  });

  it('yields to the initial state', async () => {
    const content = { join_rule: 'knock' };
    const roomId = await alice.createRoom({
      preset: 'public_chat',
      initial_state: [{ type: 'm.room.join_rules', content }],
    });
    expect(await stateOf(roomId, 'm.room.join_rules')).toEqual(content);
  });

  it('trusted_private_chat gives invitees the creator’s power', async () => {
    const request = { preset: 'trusted_private_chat', invite: [bob.userId] };
    const older = await alice.createRoom({ ...request, room_version: '11' });
    expect(await stateOf(older, 'm.room.power_levels')).toMatchObject({
      users: { [alice.userId]: 100, [bob.userId]: 100 },
    });
    const newer = await alice.createRoom({ ...request, room_version: '12' });
    expect(await stateOf(newer, 'm.room.create')).toMatchObject({ additional_creators: [bob.userId] });
    expect(await stateOf(newer, 'm.room.power_levels')).toMatchObject({ users: {} });
  });
});

describe('a new room', () => {
  it('begins with the specification’s events, in its order', async () => {
    const roomId = await alice.createRoom({
      name: 'Tea',
      topic: 'Leaves',
      room_alias_name: uniqueName('tea'),
      invite: [bob.userId],
      initial_state: [{ type: 'm.room.encryption', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
    });
    const { chunk } = await alice.ask('GET', roomPath(roomId, '/messages?dir=f&limit=50'));
    expect((chunk as Json[]).map(({ type }) => type)).toEqual([
      'm.room.create',
      'm.room.member',
      'm.room.power_levels',
      'm.room.canonical_alias',
      'm.room.join_rules',
      'm.room.history_visibility',
      'm.room.guest_access',
      'm.room.encryption',
      'm.room.name',
      'm.room.topic',
      'm.room.member',
    ]);
    expect(await stateOf(roomId, 'm.room.topic')).toMatchObject({
      topic: 'Leaves',
      'm.topic': { 'm.text': [{ body: 'Leaves' }] },
    });
  });

  it('takes creation_content, but for what the server decides', async () => {
    const creation_content = { 'm.federate': false, creator: bob.userId, room_version: '1', 'org.test': { a: 1 } };
    const older = await stateOf(await alice.createRoom({ creation_content, room_version: '10' }), 'm.room.create');
    expect(older).toEqual({ 'm.federate': false, creator: alice.userId, room_version: '10', 'org.test': { a: 1 } });
    const newer = await stateOf(await alice.createRoom({ creation_content, room_version: '12' }), 'm.room.create');
    expect(newer).toEqual({ 'm.federate': false, room_version: '12', 'org.test': { a: 1 } });
  });

  it('takes power_level_content_override over its own levels, key by key', async () => {
    const roomId = await alice.createRoom({
      power_level_content_override: { invite: 77, events: { 'm.room.name': 3 } },
    });
    expect(await stateOf(roomId, 'm.room.power_levels')).toMatchObject({
      invite: 77,
      events: { 'm.room.name': 3 },
      kick: 50,
    });
  });

  it('marks the invites of a direct chat', async () => {
    const roomId = await alice.createRoom({ is_direct: true, invite: [bob.userId] });
    expect(await stateOf(roomId, 'm.room.member', bob.userId)).toMatchObject({ is_direct: true, membership: 'invite' });
  });

  it('of version 12 has an id without a server name', async () => {
    expect(await alice.createRoom({ room_version: '12' })).toMatch(/^![A-Za-z0-9_-]{43}$/);
    expect(await alice.createRoom({ room_version: '11' })).toMatch(/^!.+:localhost$/);
  });
});

describe('POST /createRoom', () => {
  it.each<[string, Json, number, string]>([
    ['an unknown room version', { room_version: '13' }, 400, 'M_UNSUPPORTED_ROOM_VERSION'],
    ['a room version that is no text', { room_version: 11 }, 400, 'M_BAD_JSON'],
    ['an unknown preset', { preset: 'secret_chat' }, 400, 'M_BAD_JSON'],
    ['an unknown visibility', { visibility: 'secret' }, 400, 'M_BAD_JSON'],
    ['an alias that is a whole one', { room_alias_name: '#a:localhost' }, 400, 'M_INVALID_PARAM'],
    ['an alias with white space', { room_alias_name: 'a b' }, 400, 'M_INVALID_PARAM'],
    ['an alias that is empty', { room_alias_name: '' }, 400, 'M_INVALID_PARAM'],
    ['an invite of no user id', { invite: ['@bob'] }, 400, 'M_INVALID_PARAM'],
    ['an invite by third-party id', { invite_3pid: [threePid()] }, 403, 'M_FORBIDDEN'],
    ['initial state without a type', { initial_state: [{ content: {} }] }, 400, 'M_MISSING_PARAM'],
    ['initial state without content', { initial_state: [{ type: 'm.a' }] }, 400, 'M_MISSING_PARAM'],
    [
      'creators of version 12 that are no user ids',
      { creation_content: { additional_creators: ['bob'] } },
      400,
      'M_BAD_JSON',
    ],
    ['power levels that are no integers', { power_level_content_override: { ban: 'x' } }, 400, 'M_INVALID_ROOM_STATE'],
    ['a second create event', { initial_state: [{ type: 'm.room.create', content: {} }] }, 400, 'M_INVALID_ROOM_STATE'],
    ['a name that makes a too large event', { name: 'n'.repeat(66_000) }, 413, 'M_TOO_LARGE'],
    [
      'creation_content that makes a too large event',
      { creation_content: { a: 'n'.repeat(66_000) } },
      413,
      'M_TOO_LARGE',
    ],
  ])('refuses %s', async (_title, body, status, errcode) => {
    expectError(await alice.call('POST', CREATE, { room_version: '12', ...body }), status, errcode);
  });

  it('refuses power for a creator of version 12', async () => {
    const override = { power_level_content_override: { users: { [alice.userId]: 100 } } };
    expectError(await alice.call('POST', CREATE, { ...override, room_version: '12' }), 400, 'M_INVALID_PARAM');
    expect((await alice.call('POST', CREATE, { ...override, room_version: '11' })).status).toBe(200);
  });

  it('makes the room where an invitee’s server cannot be reached, without them', async () => {
    const made = await alice.call('POST', CREATE, { invite: ['@bob:elsewhere.test'] });
    expect(made.status).toBe(200);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(String(made.body['room_id']))}/state/m.room.member/`;
    expectError(await alice.call('GET', `${path}@bob:elsewhere.test`), 404, 'M_NOT_FOUND');
  });

  it('leaves nothing behind when it is refused: the alias is free again', async () => {
    const room_alias_name = uniqueName('again');
    const name = 'n'.repeat(66_000);
    expectError(await alice.call('POST', CREATE, { room_alias_name, name }), 413, 'M_TOO_LARGE');
    expect((await alice.call('POST', CREATE, { room_alias_name })).status).toBe(200);
    expectError(await alice.call('POST', CREATE, { room_alias_name }), 400, 'M_ROOM_IN_USE');
  });

  it('is not for guests', async () => {
    const http = await specified();
    const guest = await http.call('POST', '/_matrix/client/v3/register?kind=guest', { body: {} });
    const accessToken = String(guest.body['access_token']);
    expectError(await http.call('POST', CREATE, { body: {}, accessToken }), 403, 'M_GUEST_ACCESS_FORBIDDEN');
  });
});

function threePid(): Json {
  return { id_server: 'id.test', id_access_token: 't', medium: 'email', address: 'bob@mail.test' };
}
