import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '@plexus/matrix-base';
import { buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import type { RoomEvent, RoomVersionRules } from '@plexus/room-dag';
import { eventsOf, federationPath, newEventId, Visitor } from '@plexus/testing';
import type { CarriedAnswer } from '@plexus/testing';
import { MatrixHttp } from '../../support/matrix-client.ts';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { sharedDeployment, specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let remote: Visitor;
let lastTransaction = 0;

beforeAll(async () => {
  http = await specified();
  // The specification still wants every invite to have an `origin`, which events have no more.
  remote = await Visitor.open(new MatrixHttp(await sharedDeployment()));
});
afterAll(() => remote.stop());

/** A room that only the other server is in. */
class ElsewhereRoom {
  readonly rules: RoomVersionRules;
  readonly creator = remote.user(uniqueName('creator'));
  readonly create: RoomEvent;
  readonly roomId: string;

  constructor(version: string) {
    const rules = findRoomVersion(version);
    if (rules === undefined) throw new Error('unknown version');
    this.rules = rules;
    const content = { room_version: version, ...(rules.creatorIsSender ? {} : { creator: this.creator }) };
    const roomId = rules.roomIdIsCreateEventHash ? undefined : `!${uniqueName('room')}:${remote.serverName}`;
    this.create = this.#make({ type: 'm.room.create', stateKey: '', content }, roomId);
    this.roomId = this.create.roomId;
  }

  member(userId: string, membership: string, sender = this.creator): RoomEvent {
    return this.#make({ type: 'm.room.member', stateKey: userId, content: { membership }, sender }, this.roomId);
  }

  name(name: string): RoomEvent {
    return this.#make({ type: 'm.room.name', stateKey: '', content: { name } }, this.roomId);
  }

  #make(
    proto: { type: string; stateKey: string; content: JsonObject; sender?: string },
    roomId: string | undefined,
  ): RoomEvent {
    const built = buildRoomEvent(
      {
        sender: this.creator,
        ...proto,
        roomId,
        prevEvents: [],
        authEvents: [],
        depth: 1,
        originServerTs: Date.now(),
        eventId: newEventId(remote.server),
        referenceHashes: new Map(),
      },
      this.rules,
      [{ serverName: remote.serverName, key: remote.key }],
    );
    if (built.outcome === 'drop') throw new Error(built.because);
    return built.event;
  }
}

function invite(room: ElsewhereRoom, event: RoomEvent, state: readonly RoomEvent[] = [room.create, room.name('Far')]) {
  const body = { room_version: room.rules.version, event: event.pdu, invite_room_state: state.map(({ pdu }) => pdu) };
  return remote.call('PUT', federationPath('v2/invite', room.roomId, event.eventId), body);
}

interface Rooms {
  readonly rooms?: {
    readonly invite?: Record<string, { invite_state: { events: Json[] } }>;
    readonly leave?: Record<string, unknown>;
  };
}

async function roomsOf(user: MatrixClient): Promise<NonNullable<Rooms['rooms']>> {
  return (await user.sync<Rooms>()).rooms ?? {};
}

describe('PUT /invite/{roomId}/{eventId}', () => {
  it.each(['1', '6', '10', '12'])('is signed, and shown to the user, in version %s', async (version) => {
    const alice = await http.register(uniqueName('alice'));
    const room = new ElsewhereRoom(version);
    const event = room.member(alice.userId, 'invite');
    const { status, body } = await invite(room, event);
    expect(status).toBe(200);
    const [signed] = eventsOf([body['event'] as JsonObject], room.rules);
    expect(signed?.eventId).toBe(event.eventId);
    expect(Object.keys(signed?.pdu['signatures'] ?? {}).sort()).toEqual(['localhost', remote.serverName].sort());
    await expect
      .poll(async () => (await roomsOf(alice)).invite?.[room.roomId]?.invite_state.events)
      .toEqual(expect.arrayContaining([expect.objectContaining({ type: 'm.room.name', content: { name: 'Far' } })]));
    expect((await invite(room, event)).status).toBe(200);
  });

  it('is taken back by who sent it, and by nobody else', async () => {
    const alice = await http.register(uniqueName('alice'));
    const room = new ElsewhereRoom('11');
    await invite(room, room.member(alice.userId, 'invite'));
    await expect.poll(async () => (await roomsOf(alice)).invite?.[room.roomId]).toBeDefined();
    const strangers = ['leave', 'ban'].map((end) => room.member(alice.userId, end, remote.user('stranger')));
    const own = room.member(alice.userId, 'leave');
    const path = federationPath('v1/send', `rescind${++lastTransaction}`);
    const pdus = strangers.map(({ pdu }) => pdu);
    const refused = await remote.ask('PUT', path, { origin: remote.serverName, origin_server_ts: 1, pdus });
    for (const { eventId } of strangers)
      expect(refused).toMatchObject({ pdus: { [eventId]: { errcode: 'M_FORBIDDEN' } } });
    expect((await roomsOf(alice)).invite?.[room.roomId]).toBeDefined();
    const again = federationPath('v1/send', `rescind${++lastTransaction}`);
    const taken = { origin: remote.serverName, origin_server_ts: 1, pdus: [own.pdu] };
    expect(await remote.ask('PUT', again, taken)).toEqual({ pdus: { [own.eventId]: {} } });
    await expect.poll(async () => (await roomsOf(alice)).invite?.[room.roomId]).toBeUndefined();
  });

  it.each(['1', '3', '6', '10', '11'])(
    'is taken back where nobody told the version of the room: %s',
    async (version) => {
      const alice = await http.register(uniqueName('alice'));
      const room = new ElsewhereRoom(version);
      expect((await invite(room, room.member(alice.userId, 'invite'), [])).status).toBe(200);
      await expect.poll(async () => (await roomsOf(alice)).invite?.[room.roomId]).toBeDefined();
      const end = room.member(alice.userId, 'leave');
      const sent = await remote.send(`rescind${++lastTransaction}`, { pdus: [end.pdu] });
      expect(sent).toEqual({ [end.eventId]: {} });
      await expect.poll(async () => (await roomsOf(alice)).invite?.[room.roomId]).toBeUndefined();
    },
  );

  it('is refused for whom it does not concern', async () => {
    const alice = await http.register(uniqueName('alice'));
    const room = new ElsewhereRoom('11');
    expectError(await invite(room, room.member('@nobody-at-all:localhost', 'invite')), 404, 'M_NOT_FOUND');
    expectError(await invite(room, room.member('@a:elsewhere.example', 'invite')), 400, 'M_INVALID_PARAM');
    expectError(await invite(room, room.member(alice.userId, 'join')), 400, 'M_INVALID_PARAM');
    expectError(
      await invite(room, room.member(alice.userId, 'invite', '@a:elsewhere.example')),
      400,
      'M_INVALID_PARAM',
    );
    const other = new ElsewhereRoom('11');
    const event = room.member(alice.userId, 'invite');
    expectError(await invite({ ...other, rules: room.rules } as ElsewhereRoom, event, []), 400, 'M_INVALID_PARAM');
    const forged = { ...event, pdu: { ...event.pdu, signatures: {} } };
    expectError(await invite(room, forged), 400, 'M_INVALID_PARAM');
  });

  it('is refused where the user wants none', async () => {
    const alice = await http.register(uniqueName('alice'));
    const path = `/_matrix/client/v3/user/${encodeURIComponent(alice.userId)}/account_data/m.invite_permission_config`;
    await alice.ask('PUT', path, { default_action: 'block' });
    const room = new ElsewhereRoom('11');
    expectError(await invite(room, room.member(alice.userId, 'invite')), 403, 'M_INVITE_BLOCKED');
  });

  it.each(['v1', 'v2'])('is refused to a server that the room denies, where the room is known: %s', async (api) => {
    const [alice, ben] = [await http.register(uniqueName('alice')), await http.register(uniqueName('ben'))];
    const roomId = await alice.createRoom({ preset: 'public_chat', room_version: '1' });
    const room = await remote.join(roomId, remote.user(uniqueName('bob')));
    const invitation = (): Promise<CarriedAnswer> => {
      const { eventId, pdu } = room.build({
        type: 'm.room.member',
        stateKey: ben.userId,
        content: { membership: 'invite' },
      });
      const body = api === 'v1' ? pdu : { room_version: '1', event: pdu, invite_room_state: [] };
      return remote.call('PUT', federationPath(`${api}/invite`, roomId, eventId), body);
    };
    expect((await invitation()).status).toBe(200);
    await alice.setState(roomId, 'm.room.server_acl', { allow: ['*'], deny: ['127.0.0.?'] });
    expect(await invitation()).toMatchObject({
      status: 403,
      body: { errcode: 'M_FORBIDDEN', error: 'Server is banned from room' },
    });
  });

  it('needs the create event from version 12 on, and a version that is known', async () => {
    const alice = await http.register(uniqueName('alice'));
    const room = new ElsewhereRoom('12');
    const event = room.member(alice.userId, 'invite');
    expectError(await invite(room, event, [room.name('Far')]), 400, 'M_INVALID_PARAM');
    expectError(await invite(room, event, [room.create, new ElsewhereRoom('12').name('x')]), 400, 'M_INVALID_PARAM');
    const path = federationPath('v2/invite', room.roomId, event.eventId);
    const unknown = await remote.call('PUT', path, { room_version: '99', event: event.pdu, invite_room_state: [] });
    expectError(unknown, 400, 'M_INCOMPATIBLE_ROOM_VERSION');
    expectError(await remote.call('PUT', path, { event: event.pdu }), 400, 'M_MISSING_PARAM');
    expectError(await remote.call('PUT', path), 400, 'M_NOT_JSON');
  });
});
