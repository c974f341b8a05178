import { StateReader } from '@plexus/room-view';
import { PduOutcome } from '@plexus/rpc';
import type { RemoteRefusal } from '@plexus/remote-servers';
import { findRoomVersion } from '@plexus/room-dag';
import type { SignedEvent } from '@plexus/room-dag';
import type { RoomRecord } from '@plexus/storage';
import { acceptPdu, FakeCache, FakeRooms } from '@plexus/testing';
import type { ScriptedAnswer } from '@plexus/testing';
import type { JsonObject } from '@plexus/matrix-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALICE, HOSTED, openRemoteRooms } from '../../test-support/remote-rooms-harness.ts';
import type { RemoteRoomsHarness } from '../../test-support/remote-rooms-harness.ts';
import { InviteUser } from './invite-user.ts';

const ROOM = `!room:${HOSTED}`;

let harness: RemoteRoomsHarness;
let rooms: FakeRooms;
let inviteUser: InviteUser;
let rita: string;
let recommended: RemoteRefusal | undefined;
let isKeyValid: boolean;

beforeAll(async () => {
  harness = await openRemoteRooms();
  rita = harness.far.user('rita');
});
afterAll(() => harness.stop());
beforeEach(() => {
  rooms = new FakeRooms();
  const state = (type: string, stateKey: string, content: JsonObject) =>
    rooms.append({ roomId: ROOM, type, sender: ALICE, stateKey, content });
  state('m.room.create', '', { room_version: '11' });
  state('m.room.member', ALICE, { membership: 'join' });
  state('m.room.power_levels', '', { users: { [ALICE]: 100 } });
  state('m.room.name', '', { name: 'Tea' });
  const states = new StateReader(rooms, new FakeCache());
  recommended = undefined;
  isKeyValid = true;
  const recommend = { execute: async (_room: RoomRecord, invite: SignedEvent) => recommended ?? recommendedAs(invite) };
  const inviteKeys = { execute: async () => isKeyValid };
  inviteUser = new InviteUser({ ...harness, rooms, states, recommend, inviteKeys });
  harness.writer.got.length = 0;
  harness.writer.reply = () => {
    const value = { outcome: PduOutcome.PDU_OUTCOME_ACCEPTED, rule: '', because: '', missingEventIds: [], position: 1 };
    return { $case: 'received', value };
  };
  answerInvites((event) => ({ status: 200, body: { event: signed(event) } }));
});

function recommendedAs(invite: SignedEvent) {
  return { outcome: 'recommended', ...invite } as const;
}

function answerInvites(answer: (event: JsonObject) => ScriptedAnswer): void {
  harness.far.answer('PUT', /v2\/invite/, ({ body }) => answer(body['event'] as JsonObject));
}

/** As the invited user's server does it. */
function signed(event: JsonObject): JsonObject {
  const rules = findRoomVersion('11');
  if (rules === undefined) throw new Error('the version is known');
  return acceptPdu(harness.far, event, rules).pdu;
}

function invite(change = {}) {
  return inviteUser.execute({ roomId: ROOM, sender: ALICE, targetUserId: rita, content: {}, ...change });
}

describe('InviteUser', () => {
  it('has the invite signed by the server of whom it is for, and by ours, before it goes into the room', async () => {
    const outcome = await invite({ content: { reason: 'tea' } });
    const stored = harness.writer.last?.request.command;
    if (stored?.$case !== 'acceptPdu') throw new Error(`nothing was stored: ${JSON.stringify(outcome)}`);
    expect(outcome).toEqual({ outcome: 'done', eventId: stored.value.eventId });
    const pdu = JSON.parse(stored.value.json.toString());
    expect(Object.keys(pdu.signatures).toSorted()).toEqual([HOSTED, harness.far.name].toSorted());
    expect(pdu).toMatchObject({ sender: ALICE, state_key: rita, content: { membership: 'invite', reason: 'tea' } });
    const [asked] = harness.far.requests.slice(-1);
    const shown = asked?.body['invite_room_state'] as { type: string }[];
    expect(shown.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['m.room.create', 'm.room.name', 'm.room.member']),
    );
  });

  it('asks nobody where the room does not let the sender invite', async () => {
    const before = harness.far.requests.length;
    expect(await invite({ sender: `@eve:${HOSTED}` })).toMatchObject({ errcode: 'M_FORBIDDEN', httpStatus: 403 });
    expect(await invite({ roomId: '!other:one.example' })).toMatchObject({ errcode: 'M_NOT_FOUND' });
    expect(harness.far.requests).toHaveLength(before);
  });

  it('asks nobody where the policy server does not want it, or no identity server vouches for it any more', async () => {
    const before = harness.far.requests.length;
    recommended = {
      outcome: 'refused',
      errcode: 'M_FORBIDDEN',
      httpStatus: 400,
      error: 'spam',
      roomVersion: undefined,
    };
    expect(await invite()).toMatchObject({ errcode: 'M_FORBIDDEN', httpStatus: 400, error: 'spam' });
    recommended = undefined;
    isKeyValid = false;
    expect(await invite()).toMatchObject({ errcode: 'M_FORBIDDEN', httpStatus: 403 });
    expect(harness.far.requests).toHaveLength(before);
  });

  it('does not take an invite that is not signed, or signed by somebody else', async () => {
    answerInvites((event) => ({ status: 200, body: { event } }));
    expect(await invite()).toMatchObject({ httpStatus: 502 });
    answerInvites((event) => {
      const signatures = { [harness.far.name]: { [harness.far.key.keyId]: harness.far.key.sign('something else') } };
      return { status: 200, body: { event: { ...event, signatures } } };
    });
    expect(await invite()).toMatchObject({ httpStatus: 502 });
    expect(harness.writer.got).toEqual([]);
  });

  it('takes nothing but signatures from the answer', async () => {
    answerInvites((event) => ({ status: 200, body: { event: { ...signed(event), content: { membership: 'ban' } } } }));
    await invite();
    const stored = harness.writer.last?.request.command;
    const json = stored?.$case === 'acceptPdu' ? stored.value.json.toString() : '{}';
    expect(JSON.parse(json)).toMatchObject({ content: { membership: 'invite' } });
  });

  it.each([
    [{ status: 403, body: { errcode: 'M_FORBIDDEN', error: 'no' } } as const, 403],
    ['silence' as const, 502],
    ['truncated' as const, 502],
  ])('says what the server answers: %j', async (answer, httpStatus) => {
    answerInvites(() => answer);
    expect(await invite()).toMatchObject({ outcome: 'refused', httpStatus });
  });

  it('says that nobody is there, and what the owner of the room does not take', async () => {
    expect(await invite({ targetUserId: '@rita:nowhere.example' })).toMatchObject({
      errcode: 'M_FORBIDDEN',
      httpStatus: 403,
    });
    harness.writer.reply = () => {
      const rejected = {
        outcome: PduOutcome.PDU_OUTCOME_REJECTED,
        rule: 'x',
        because: 'banned',
        missingEventIds: [],
        position: 0,
      };
      return { $case: 'received', value: rejected };
    };
    expect(await invite()).toMatchObject({ errcode: 'M_FORBIDDEN', error: 'banned' });
  });
});
