import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { textOf } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let alice: MatrixClient;
let bob: MatrixClient;
let carol: MatrixClient;
let name: string;
beforeAll(async () => {
  const http = await specified();
  [alice, bob, carol] = [
    await http.register(uniqueName('alice')),
    await http.register(uniqueName('bob')),
    await http.register(uniqueName('carol')),
  ];
});
beforeEach(() => {
  name = uniqueName('upgraded');
});

function upgrade(client: MatrixClient, roomId: string, body: Json): Promise<Reply> {
  return client.call('POST', roomPath(roomId, '/upgrade'), body);
}

async function upgraded(roomId: string, body: Json): Promise<string> {
  return textOf(await alice.ask('POST', roomPath(roomId, '/upgrade'), body), 'replacement_room');
}

function stateOf(roomId: string, type: string, stateKey = ''): Promise<Json> {
  return alice.ask('GET', roomPath(roomId, `/state/${type}/${encodeURIComponent(stateKey)}`));
}

describe('POST /rooms/{roomId}/upgrade', () => {
  it('moves what describes the room, and closes the old one', async () => {
    const old = await alice.createRoom({
      visibility: 'public',
      room_version: '11',
      room_alias_name: name,
      name: 'Tea',
      topic: 'Leaves',
      power_level_content_override: { users: { [alice.userId]: 100, [bob.userId]: 50 } },
      initial_state: [{ type: 'm.room.encryption', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
    });
    await bob.join(old);
    await alice.ask('POST', roomPath(old, '/ban'), { user_id: carol.userId, reason: 'rude' });
    const last = await alice.send(old, 'the last word');
    const replacement = await upgraded(old, { new_version: '12', additional_creators: [bob.userId] });
    expect(await stateOf(replacement, 'm.room.create')).toEqual({
      room_version: '12',
      predecessor: { room_id: old, event_id: last },
      additional_creators: [bob.userId],
    });
    expect(await stateOf(replacement, 'm.room.name')).toEqual({ name: 'Tea' });
    expect(await stateOf(replacement, 'm.room.topic')).toMatchObject({ topic: 'Leaves' });
    expect(await stateOf(replacement, 'm.room.join_rules')).toEqual({ join_rule: 'public' });
    expect(await stateOf(replacement, 'm.room.encryption')).toEqual({ algorithm: 'm.megolm.v1.aes-sha2' });
    expect(await stateOf(replacement, 'm.room.power_levels')).toMatchObject({
      users: {},
      events: { 'm.room.tombstone': 150 },
    });
    expect(await stateOf(replacement, 'm.room.member', carol.userId)).toMatchObject({
      membership: 'ban',
      reason: 'rude',
    });
    const alias = `#${name}:localhost`;
    expect(await stateOf(replacement, 'm.room.canonical_alias')).toEqual({ alias });
    expect(await stateOf(old, 'm.room.canonical_alias')).toEqual({});
    const resolved = await bob.ask('GET', `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`);
    expect(resolved).toMatchObject({ room_id: replacement });
    const listed = (roomId: string): Promise<Json> =>
      bob.ask('GET', `/_matrix/client/v3/directory/list/room/${encodeURIComponent(roomId)}`);
    expect([await listed(old), await listed(replacement)]).toEqual([
      { visibility: 'private' },
      { visibility: 'public' },
    ]);
    expect(await stateOf(old, 'm.room.tombstone')).toMatchObject({ replacement_room: replacement });
    expect(await stateOf(old, 'm.room.power_levels')).toMatchObject({ events_default: 50, invite: 50 });
    expect(await upgraded(old, { new_version: '12' })).toBe(replacement);
  });

  it.each(['1', '6', '10', '12'])('makes a room of version %s of one of version 12', async (version) => {
    const old = await alice.createRoom({ room_version: '12', creation_content: { type: 'm.space' } });
    await alice.setState(old, 'm.space.child', { via: ['localhost'] }, '!child:localhost');
    const replacement = await upgraded(old, { new_version: version });
    expect(await stateOf(replacement, 'm.room.create')).toMatchObject({ type: 'm.space', room_version: version });
    expect(await stateOf(replacement, 'm.space.child', '!child:localhost')).toEqual({ via: ['localhost'] });
    await alice.setState(replacement, 'm.room.name', { name: 'mine' });
  });

  it('keeps levels that are above the creator’s', async () => {
    const override = { events: { 'm.room.topic': 60, 'm.room.server_acl': 110 }, users: { [alice.userId]: 100 } };
    const old = await alice.createRoom({ room_version: '10', power_level_content_override: override });
    const replacement = await upgraded(old, { new_version: '11' });
    expect(await stateOf(replacement, 'm.room.power_levels')).toMatchObject(override);
  });

  it('takes along what members keep for themselves, when they join', async () => {
    const old = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(old);
    const own = `/_matrix/client/v3/user/${encodeURIComponent(bob.userId)}`;
    const tagsOf = (roomId: string): string => `${own}/rooms/${encodeURIComponent(roomId)}/tags`;
    await bob.ask('PUT', `${tagsOf(old)}/m.favourite`, { order: 0.25 });
    await bob.ask('PUT', `${own}/account_data/m.direct`, { [alice.userId]: [old] });
    const rules = '/_matrix/client/v3/pushrules/global/room/';
    await bob.ask('PUT', rules + encodeURIComponent(old), { actions: [] });
    const replacement = await upgraded(old, { new_version: '11' });
    await bob.join(replacement);
    expect(await bob.ask('GET', tagsOf(replacement))).toEqual({ tags: { 'm.favourite': { order: 0.25 } } });
    expect(await bob.ask('GET', `${own}/account_data/m.direct`)).toEqual({ [alice.userId]: [old, replacement] });
    expect(await bob.ask('GET', rules + encodeURIComponent(replacement))).toMatchObject({ actions: [], enabled: true });
  });

  it('is for members who may bury the room', async () => {
    const old = await alice.createRoom({ preset: 'public_chat' });
    expectError(await upgrade(bob, old, { new_version: '11' }), 403, 'M_FORBIDDEN');
    await bob.join(old);
    expectError(await upgrade(bob, old, { new_version: '11' }), 403, 'M_FORBIDDEN');
    expectError(await upgrade(bob, '!nowhere:localhost', { new_version: '11' }), 403, 'M_FORBIDDEN');
  });

  it.each([
    ['an unknown version', { new_version: '99' }, 'M_UNSUPPORTED_ROOM_VERSION'],
    ['no version', {}, 'M_MISSING_PARAM'],
    ['a version that is no text', { new_version: 12 }, 'M_BAD_JSON'],
    ['creators who are no users', { new_version: '12', additional_creators: ['bob'] }, 'M_INVALID_PARAM'],
  ])('refuses %s', async (_what, body, errcode) => {
    expectError(await upgrade(alice, await alice.createRoom(), body), 400, errcode);
  });
});
