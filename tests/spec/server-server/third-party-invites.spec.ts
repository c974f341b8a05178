import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, SigningKey, signJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { findRoomVersion } from '@plexus/room-dag';
import { acceptPdu, federationPath, Visitor } from '@plexus/testing';
import type { ReceivedRequest, ScriptedAnswer } from '@plexus/testing';
import { MatrixHttp } from '../../support/matrix-client.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { sharedDeployment, specified, uniqueName } from '../support/specified-http.ts';

const IDENTITY = new SigningKey('ed25519:0', Buffer.alloc(32, 3));

let http: SpecifiedHttp;
let alice: MatrixClient;
let remote: Visitor;
let rita: string;
let isKeyValid = true;

beforeAll(async () => {
  http = await specified();
  alice = await http.register(uniqueName('alice'));
  remote = await Visitor.open(new MatrixHttp(await sharedDeployment()));
  rita = remote.user('rita');
  remote.server.answer('PUT', /^\/_matrix\/federation\/v2\/invite\//, signInvite);
  remote.server.answer('GET', /^\/isvalid$/, () => ({ status: 200, body: { valid: isKeyValid } }));
});
afterAll(() => remote.stop());

function signInvite({ body }: ReceivedRequest): ScriptedAnswer {
  const rules = findRoomVersion('11');
  if (rules === undefined || !isJsonObject(body['event'])) throw new Error('no event to sign');
  return { status: 200, body: { event: acceptPdu(remote.server, body['event'], rules).pdu } };
}

/** A room with a third-party invite that waits for its identifier. */
async function invitingRoom(token: string, sender = alice): Promise<string> {
  const roomId = await sender.createRoom({ room_version: '11' });
  await sender.setState(
    roomId,
    'm.room.third_party_invite',
    {
      display_name: 'b...@m...',
      public_key: IDENTITY.publicKey,
      key_validity_url: `https://${remote.serverName}/isvalid`,
    },
    token,
  );
  return roomId;
}

function proofFor(mxid: string, token: string, key = IDENTITY): JsonObject {
  return signJson({ mxid, token, sender: alice.userId }, 'identity.test', key);
}

async function membershipOf(roomId: string, userId: string, viewer = alice): Promise<JsonObject | undefined> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(userId)}`;
  const { status, body } = await viewer.call('GET', path);
  return status === 200 ? (body as JsonObject) : undefined;
}

function exchange(
  roomId: string,
  { mxid = rita, token, ...changes }: { mxid?: string; token: string; sender?: string; signed?: JsonObject },
) {
  const signed = changes.signed ?? proofFor(mxid, token);
  const body = {
    type: 'm.room.member',
    room_id: roomId,
    sender: changes.sender ?? alice.userId,
    state_key: mxid,
    content: { membership: 'invite', third_party_invite: { display_name: 'somebody', signed } },
  };
  const target = federationPath('v1/exchange_third_party_invite', roomId);
  return remote.call('PUT', target, body);
}

describe('PUT /exchange_third_party_invite/{roomId}', () => {
  it('invites the user who proves to be meant, with the proof and the name that the room knows', async () => {
    const token = uniqueName('token');
    const roomId = await invitingRoom(token);
    expect(await exchange(roomId, { token })).toEqual({ status: 200, body: {} });
    const proof = { display_name: 'b...@m...', signed: proofFor(rita, token) };
    expect(await membershipOf(roomId, rita)).toEqual({ membership: 'invite', third_party_invite: proof });
    const asked = remote.server.requests.findLast(({ path }) => path === '/isvalid');
    expect(asked?.query.get('public_key')).toBe(IDENTITY.publicKey);
  });

  it.each<[string, Partial<Parameters<typeof exchange>[1]>]>([
    ['a token that the room does not know', { token: 'another' }],
    ['a user of a third server', { mxid: '@bob:elsewhere.test' }],
    ['a sender of a third server', { sender: '@alice:elsewhere.test' }],
    ['another sender', { sender: '@somebody:localhost' }],
    ['what nobody signed', { signed: { mxid: '@rita:x', token: 't', signatures: {} } }],
  ])('refuses %s', async (_name, changes) => {
    const token = uniqueName('token');
    const roomId = await invitingRoom(token);
    const { status, body } = await exchange(roomId, { token, ...changes });
    expect([status, body['errcode']]).toEqual([403, 'M_FORBIDDEN']);
    expect(await membershipOf(roomId, rita)).toBeUndefined();
  });

  it('refuses a proof by another key, and by one that its identity server has given up', async () => {
    const token = uniqueName('token');
    const roomId = await invitingRoom(token);
    const signed = proofFor(rita, token, new SigningKey('ed25519:0', Buffer.alloc(32, 2)));
    expect((await exchange(roomId, { token, signed })).status).toBe(403);
    isKeyValid = false;
    expect((await exchange(roomId, { token })).status).toBe(403);
    isKeyValid = true;
    expect(await membershipOf(roomId, rita)).toBeUndefined();
  });

  it('knows no room that the addressed server is not in, and takes no other room’s event', async () => {
    const { status, body } = await exchange('!nowhere:localhost', { token: 't' });
    expect([status, body['errcode']]).toEqual([404, 'M_NOT_FOUND']);
    const target = federationPath('v1/exchange_third_party_invite', '!other:localhost');
    const sent = { type: 'm.room.member', room_id: '!nowhere:localhost' };
    const bad = await remote.call('PUT', target, sent);
    expect([bad.status, bad.body['errcode']]).toEqual([400, 'M_MISSING_PARAM']);
  });
});

function bind(mxid: string, invites: readonly JsonObject[]) {
  const body = { medium: 'email', address: 'bob@mail.test', mxid, invites: [...invites] };
  return http.call('PUT', federationPath('v1/3pid/onbind'), { body });
}

function inviteOf(mxid: string, roomId: string, token: string, sender = alice.userId): JsonObject {
  const signed = proofFor(mxid, token);
  return { medium: 'email', address: 'bob@mail.test', mxid, room_id: roomId, sender, signed };
}

describe('PUT /3pid/onbind', () => {
  it('invites the user to rooms of this server, once', async () => {
    const bob = await http.register(uniqueName('bob'));
    const token = uniqueName('token');
    const roomId = await invitingRoom(token);
    const invite = inviteOf(bob.userId, roomId, token);
    for (let times = 0; times < 2; times += 1)
      expect(await bind(bob.userId, [invite])).toMatchObject({ status: 200, body: {} });
    expect(await membershipOf(roomId, bob.userId)).toMatchObject({
      membership: 'invite',
      third_party_invite: { display_name: 'b...@m...' },
    });
    await bob.join(roomId);
    expect((await bind(bob.userId, [invite])).status).toBe(200);
    expect(await membershipOf(roomId, bob.userId)).toMatchObject({ membership: 'join' });
  });

  it('asks the inviting server of rooms elsewhere, and says so where it cannot be asked', async () => {
    const bob = await http.register(uniqueName('bob'));
    let status = 200;
    remote.server.answer('PUT', /^\/_matrix\/federation\/v1\/exchange_third_party_invite\//, () => ({
      status,
      body: {},
    }));
    const invite = inviteOf(bob.userId, '!far:away.test', 'far', rita);
    expect((await bind(bob.userId, [invite])).status).toBe(200);
    const asked = remote.server.requests.findLast(({ path }) => path.includes('exchange_third_party_invite'));
    expect(asked?.body).toMatchObject({
      type: 'm.room.member',
      room_id: '!far:away.test',
      sender: rita,
      state_key: bob.userId,
      content: { membership: 'invite', third_party_invite: { signed: proofFor(bob.userId, 'far') } },
    });
    status = 403;
    expect((await bind(bob.userId, [invite])).status).toBe(200);
    status = 500;
    expectError(await bind(bob.userId, [invite]), 502, 'M_UNKNOWN');
  });

  it('passes over what is for somebody else, or proves nothing', async () => {
    const bob = await http.register(uniqueName('bob'));
    const token = uniqueName('token');
    const roomId = await invitingRoom(token);
    const forOther = inviteOf('@other:localhost', roomId, token);
    const unsigned = { ...inviteOf(bob.userId, roomId, token), signed: { mxid: bob.userId, token, signatures: {} } };
    expect((await bind(bob.userId, [forOther, unsigned])).status).toBe(200);
    expect(await membershipOf(roomId, bob.userId)).toBeUndefined();
    expect(await membershipOf(roomId, '@other:localhost')).toBeUndefined();
  });

  it('knows no user who is not here', async () => {
    expectError(await bind(`@${uniqueName('nobody')}:localhost`, []), 404, 'M_NOT_FOUND');
    expectError(await bind('@bob:elsewhere.test', []), 404, 'M_NOT_FOUND');
  });
});
