import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { TestKey } from '../support/crypto-device.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const JOIN = '/_matrix/client/v3/join/';
const ENDPOINTS = ['join', 'invite', 'leave', 'kick', 'ban', 'unban', 'forget'];

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

function post(client: MatrixClient, action: string, body: unknown = {}): Promise<Reply> {
  return client.call('POST', roomPath(roomId, `/${action}`), body);
}

async function memberOf(userId: string): Promise<Json> {
  return alice.ask('GET', roomPath(roomId, `/state/m.room.member/${encodeURIComponent(userId)}`));
}

describe('a reason', () => {
  it.each(['invite', 'join', 'kick', 'ban', 'unban'])('of %s stands in the membership', async (action) => {
    const order = ['invite', 'join', 'kick', 'ban', 'unban'];
    for (const step of order.slice(0, order.indexOf(action) + 1)) {
      const actor = step === 'join' ? bob : alice;
      expect((await post(actor, step, { user_id: bob.userId, reason: step })).body).toEqual(
        step === 'join' ? { room_id: roomId } : {},
      );
    }
    expect(await memberOf(bob.userId)).toMatchObject({ reason: action });
  });
});

describe('POST /join/{roomIdOrAlias}', () => {
  it('takes an id and an alias, with via', async () => {
    const alias = `#${uniqueName('open')}:localhost`;
    const open = await alice.createRoom({ preset: 'public_chat', room_alias_name: alias.slice(1, alias.indexOf(':')) });
    const path = `${JOIN}${encodeURIComponent(alias)}?via=localhost&via=elsewhere.test`;
    expect(await bob.ask('POST', path, {})).toEqual({ room_id: open });
    expect(await bob.ask('POST', JOIN + encodeURIComponent(open))).toEqual({ room_id: open });
    expect(await bob.ask('GET', '/_matrix/client/v3/joined_rooms')).toMatchObject({
      joined_rooms: expect.arrayContaining([open]),
    });
  });

  it.each([
    ['what is neither', 'nonsense', 400, 'M_INVALID_PARAM'],
    ['an alias of no room', '#nothing:localhost', 404, 'M_NOT_FOUND'],
  ])('refuses %s', async (_title, target, status, errcode) => {
    expectError(await bob.call('POST', JOIN + encodeURIComponent(target), {}), status, errcode);
  });

  it('refuses a room that is not known here', async () => {
    const { status } = await bob.call('POST', JOIN + encodeURIComponent('!nowhere:localhost'), {});
    expect([403, 404]).toContain(status);
  });
});

describe('a membership', () => {
  it('is not for who was banned, until they are no more', async () => {
    await post(alice, 'ban', { user_id: bob.userId });
    expectError(await post(bob, 'join'), 403, 'M_FORBIDDEN');
    expectError(await post(alice, 'invite', { user_id: bob.userId }), 403, 'M_FORBIDDEN');
    expectError(await post(alice, 'kick', { user_id: bob.userId }), 403, 'M_FORBIDDEN');
    await post(alice, 'unban', { user_id: bob.userId });
    expect((await post(alice, 'invite', { user_id: bob.userId })).status).toBe(200);
  });

  it('of others is changed only by who has the power', async () => {
    const carol = await http.register(uniqueName('carol'));
    for (const user of [bob, carol]) {
      await alice.invite(roomId, user.userId);
      await user.join(roomId);
    }
    for (const action of ['kick', 'ban', 'unban'])
      expectError(await post(bob, action, { user_id: carol.userId }), 403, 'M_FORBIDDEN');
    const levels = await alice.ask('GET', roomPath(roomId, '/state/m.room.power_levels'));
    await alice.setState(roomId, 'm.room.power_levels', { ...levels, users: { [bob.userId]: 50 }, invite: 60 });
    expect((await post(bob, 'kick', { user_id: carol.userId })).status).toBe(200);
    expectError(await post(bob, 'invite', { user_id: carol.userId }), 403, 'M_FORBIDDEN');
  });

  it('is changed by nobody from outside', async () => {
    for (const action of ['invite', 'kick', 'ban', 'unban'])
      expectError(await post(bob, action, { user_id: alice.userId }), 403, 'M_FORBIDDEN');
    expectError(await post(bob, 'leave'), 403, 'M_FORBIDDEN');
    expectError(await post(bob, 'forget'), 404, 'M_NOT_FOUND');
  });

  it('is given to who is in the room that a restricted one names', async () => {
    const club = await alice.createRoom({ preset: 'public_chat' });
    const content = { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: club }] };
    roomId = await alice.createRoom({ initial_state: [{ type: 'm.room.join_rules', content }] });
    expectError(await post(bob, 'join'), 403, 'M_FORBIDDEN');
    await bob.join(club);
    await bob.join(roomId);
    expect(await memberOf(bob.userId)).toMatchObject({ join_authorised_via_users_server: alice.userId });
  });

  it('is given to who brings what an identity server signed of the room’s third-party invite', async () => {
    const identity = new TestKey();
    const invite = { display_name: 'b...', key_validity_url: 'https://id.test/valid', public_key: identity.publicKey };
    await alice.setState(roomId, 'm.room.third_party_invite', invite, 'token');
    const claim = { sender: alice.userId, mxid: bob.userId, token: 'token' };
    const joinBy = (signed: Json): Promise<Reply> => post(bob, 'join', { third_party_signed: signed });
    expectError(await joinBy(new TestKey().sign(claim, 'id.test', '0')), 403, 'M_FORBIDDEN');
    expectError(await joinBy(identity.sign({ ...claim, mxid: alice.userId }, 'id.test', '0')), 403, 'M_FORBIDDEN');
    expect((await joinBy(identity.sign(claim, 'id.test', '0'))).body).toEqual({ room_id: roomId });
    expect(await memberOf(bob.userId)).toMatchObject({ membership: 'join' });
  });

  it('of a guest needs that guests may join', async () => {
    const registered = await http.call('POST', '/_matrix/client/v3/register?kind=guest', { body: {} });
    const accessToken = String(registered.body['access_token']);
    const open = await alice.createRoom({ preset: 'public_chat' });
    const join = (id: string): Promise<Reply> =>
      http.call('POST', JOIN + encodeURIComponent(id), { body: {}, accessToken });
    const own = roomPath(open, `/state/m.room.member/${encodeURIComponent(String(registered.body['user_id']))}`);
    expectError(await join(open), 403, 'M_GUEST_ACCESS_FORBIDDEN');
    const byState = await http.call('PUT', own, { body: { membership: 'join' }, accessToken });
    expectError(byState, 403, 'M_GUEST_ACCESS_FORBIDDEN');
    await alice.setState(open, 'm.room.guest_access', { guest_access: 'can_join' });
    expect((await join(open)).body).toEqual({ room_id: open });
    await alice.setState(open, 'm.room.guest_access', { guest_access: 'forbidden' });
    expect(await alice.ask('GET', own)).toEqual({ membership: 'leave' });
  });
});

describe('a bad request', () => {
  it.each(ENDPOINTS)('to /%s with a room id that is none is refused', async (action) => {
    const body = { user_id: bob.userId };
    expectError(await alice.call('POST', roomPath('nonsense', `/${action}`), body), 400, 'M_INVALID_PARAM');
  });

  it.each(['invite', 'kick', 'ban', 'unban'])('to /%s is told what is wrong with its user', async (action) => {
    expectError(await post(alice, action, {}), 400, 'M_MISSING_PARAM');
    expectError(await post(alice, action, { user_id: 7 }), 400, 'M_BAD_JSON');
    expectError(await post(alice, action, { user_id: '@nobody' }), 400, 'M_INVALID_PARAM');
    expectError(await post(alice, action, { user_id: bob.userId, reason: 7 }), 400, 'M_BAD_JSON');
    expectError(await post(alice, action, ['no', 'object']), 400, 'M_BAD_JSON');
    expectError(await post(alice, action, Buffer.from('{')), 400, 'M_NOT_JSON');
  });

  it('to /invite by third-party id is refused: there is no identity server', async () => {
    const thirdParty = { id_server: 'id.test', id_access_token: 't', medium: 'email', address: 'b@mail.test' };
    expectError(await post(alice, 'invite', thirdParty), 403, 'M_FORBIDDEN');
  });
});
