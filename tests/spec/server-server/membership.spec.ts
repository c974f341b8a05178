import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '@plexus/matrix-base';
import { completeTemplate, eventsOf, federationPath, Visitor } from '@plexus/testing';
import { MatrixHttp } from '../../support/matrix-client.ts';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { sharedDeployment, specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let alice: MatrixClient;
let remote: Visitor;
/** Speaks the first version of the API, which the specification no longer describes. */
let oldServer: Visitor;

beforeAll(async () => {
  http = await specified();
  alice = await http.register(uniqueName('alice'));
  remote = await Visitor.open(http);
  oldServer = await Visitor.open(new MatrixHttp(await sharedDeployment()));
});
afterAll(() => Promise.all([remote.stop(), oldServer.stop()]));

function bob(): string {
  return remote.user(uniqueName('bob'));
}

async function membershipOf(roomId: string, userId: string): Promise<unknown> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(userId)}`;
  const { status, body } = await alice.call('GET', path);
  return status === 200 ? body['membership'] : undefined;
}

function publicRoom(options: Json = {}): Promise<string> {
  return alice.createRoom({ preset: 'public_chat', ...options });
}

describe('joins', () => {
  it.each(['1', '2', '6', '9', '10', '11', '12'])('bring users into public rooms of version %s', async (version) => {
    const [roomId, userId] = [await publicRoom({ room_version: version }), bob()];
    const { room, answer } = await remote.enter(roomId, userId);
    expect(await membershipOf(roomId, userId)).toBe('join');
    const { rules } = room;
    expect(answer).toMatchObject({ origin: 'localhost', members_omitted: false });
    const state = eventsOf(answer['state'], rules);
    const keys = state.map(({ type, stateKey }) => `${type} ${stateKey}`);
    expect(keys).toEqual(expect.arrayContaining(['m.room.create ', `m.room.member ${alice.userId}`]));
    expect(keys).not.toContain(`m.room.member ${userId}`);
    const known = new Set([...state, ...eventsOf(answer['auth_chain'], rules)].map(({ eventId }) => eventId));
    const cited = [...state, room.last].flatMap(({ authEvents }) => authEvents);
    expect(cited.filter((eventId) => !known.has(eventId))).toEqual([]);
  });

  it('make rooms that hosted users share with them', async () => {
    const [first, second, userId] = [await publicRoom(), await publicRoom(), bob()];
    const path = `/_matrix/client/v1/mutual_rooms?user_id=${encodeURIComponent(userId)}`;
    await remote.enter(first, userId);
    await remote.enter(second, bob());
    expect(await alice.ask('GET', path)).toEqual({ joined: [first], count: 1 });
  });

  it('leave members out where that is asked for, but for those who give the room its name', async () => {
    const [roomId, userId] = [await publicRoom(), bob()];
    const { event, rules } = await remote.makeMembership('join', roomId, userId);
    const path = `${federationPath('v2/send_join', roomId, event.eventId)}?omit_members=true`;
    const answer = await remote.ask('PUT', path, event.pdu);
    expect(answer).toMatchObject({ members_omitted: true, servers_in_room: ['localhost'] });
    const members = eventsOf(answer['state'], rules).filter(({ type }) => type === 'm.room.member');
    expect(members.map(({ stateKey }) => stateKey)).toEqual([alice.userId]);
    await alice.setState(roomId, 'm.room.name', { name: 'Tea' });
    const again = await remote.makeMembership('join', roomId, bob());
    const named = `${federationPath('v2/send_join', roomId, again.event.eventId)}?omit_members=true`;
    const state = eventsOf((await remote.ask('PUT', named, again.event.pdu))['state'], rules);
    expect(state.filter(({ type }) => type === 'm.room.member')).toEqual([]);
  });

  it('are answered again when they come again, and by the first version of the API', async () => {
    const roomId = await publicRoom({ room_version: '6' });
    const { event } = await oldServer.makeMembership('join', roomId, oldServer.user('bob'));
    const [v2, v1] = ['v2/send_join', 'v1/send_join'].map((name) => federationPath(name, roomId, event.eventId));
    const first = await oldServer.ask('PUT', v2 ?? '', event.pdu);
    const second = await oldServer.call('PUT', v1 ?? '', event.pdu);
    expect(second.body).toEqual([200, first]);
  });

  it('are not for everybody', async () => {
    const [roomId, secret] = [await publicRoom(), await alice.createRoom({ preset: 'private_chat' })];
    const userId = bob();
    const path = (room: string, user = userId): string => federationPath('v1/make_join', room, user);
    expectError(await remote.call('GET', `${path(secret)}?ver=12`), 403, 'M_FORBIDDEN');
    expectError(await remote.call('GET', `${path(roomId, '@eve:elsewhere.example')}?ver=12`), 403, 'M_FORBIDDEN');
    expectError(await remote.call('GET', `${path(roomId, 'nobody')}?ver=12`), 400, 'M_INVALID_PARAM');
    expectError(await remote.call('GET', `${path('!nowhere:localhost')}?ver=12`), 404, 'M_NOT_FOUND');
    const old = await remote.call('GET', `${path(roomId)}?ver=1&ver=11`);
    expectError(old, 400, 'M_INCOMPATIBLE_ROOM_VERSION');
    expect(old.body['room_version']).toBe('12');
    expectError(await remote.call('GET', path(roomId)), 400, 'M_INCOMPATIBLE_ROOM_VERSION');
    await alice.ask('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/ban`, { user_id: userId });
    expectError(await remote.call('GET', `${path(roomId)}?ver=12`), 403, 'M_FORBIDDEN');
  });

  it('are refused where the event is not what it should be', async () => {
    const [roomId, other] = [await publicRoom(), await publicRoom()];
    const { event } = await remote.makeMembership('join', roomId, bob());
    const send = (pdu: JsonObject | undefined, eventId = event.eventId, room = roomId) =>
      remote.call('PUT', federationPath('v2/send_join', room, eventId), pdu);
    expectError(await send(event.pdu, `$${'a'.repeat(43)}`), 400, 'M_INVALID_PARAM');
    expectError(await send(event.pdu, event.eventId, other), 400, 'M_INVALID_PARAM');
    expectError(await send({ ...event.pdu, signatures: {} }), 400, 'M_INVALID_PARAM');
    expectError(await send({ ...event.pdu, depth: 'x' }), 400, 'M_BAD_JSON');
    expectError(await send({}), 400, 'M_BAD_JSON');
    expectError(await send(undefined), 400, 'M_NOT_JSON');
    const asLeave = federationPath('v2/send_leave', roomId, event.eventId);
    expectError(await remote.call('PUT', asLeave, event.pdu), 400, 'M_INVALID_PARAM');
  });

  it('are refused by the rules at the time when they come', async () => {
    const [roomId, userId] = [await publicRoom(), bob()];
    const { event } = await remote.makeMembership('join', roomId, userId);
    await alice.ask('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/ban`, { user_id: userId });
    const path = federationPath('v2/send_join', roomId, event.eventId);
    expectError(await remote.call('PUT', path, event.pdu), 403, 'M_FORBIDDEN');
  });
});

async function restricted(allowed: readonly string[], version = '12'): Promise<string> {
  const allow = allowed.map((id) => ({ type: 'm.room_membership', room_id: id }));
  const rules = { type: 'm.room.join_rules', state_key: '', content: { join_rule: 'restricted', allow } };
  return alice.createRoom({ preset: 'private_chat', room_version: version, initial_state: [rules] });
}

describe('restricted joins', () => {
  it.each(['8', '9', '10', '12'])('are vouched for and signed, in version %s', async (version) => {
    const [lobby, userId] = [await publicRoom(), bob()];
    const roomId = await restricted([lobby], version);
    await remote.join(lobby, userId);
    const { room, answer } = await remote.enter(roomId, userId);
    const [event] = eventsOf([answer['event'] ?? null], room.rules);
    expect(event?.content).toMatchObject({ membership: 'join', join_authorised_via_users_server: alice.userId });
    expect(Object.keys(event?.pdu['signatures'] ?? {}).sort()).toEqual(['localhost', remote.serverName].sort());
    expect(await membershipOf(roomId, userId)).toBe('join');
  });

  it('are refused where no condition is met, or none can be checked', async () => {
    const [lobby, userId] = [await publicRoom(), bob()];
    const [closed, unknown] = [await restricted([lobby]), await restricted(['!elsewhere:elsewhere.example'])];
    const path = (roomId: string): string => `${federationPath('v1/make_join', roomId, userId)}?ver=12`;
    expectError(await remote.call('GET', path(closed)), 403, 'M_FORBIDDEN');
    expectError(await remote.call('GET', path(unknown)), 400, 'M_UNABLE_TO_AUTHORISE_JOIN');
  });

  it.each([
    ['nothing is a condition', [], 403, 'M_FORBIDDEN'],
    [
      'no condition can be read',
      [{ type: 'org.example.moon' }, { type: 'm.room_membership' }, 'x'],
      403,
      'M_FORBIDDEN',
    ],
    ['one is not met, and another cannot be checked', 'lobby', 400, 'M_UNABLE_TO_AUTHORISE_JOIN'],
  ])('are refused where %s, when they are made and when they come', async (_, conditions, status, errcode) => {
    const [lobby, userId] = [await publicRoom(), bob()];
    const roomId = await restricted([lobby], '10');
    await remote.join(lobby, userId);
    const { event } = await remote.makeMembership('join', roomId, userId);
    const elsewhere = ['!elsewhere:elsewhere.example', await publicRoom()];
    const rooms = elsewhere.map((id) => ({ type: 'm.room_membership', room_id: id }));
    const allow = conditions === 'lobby' ? rooms : conditions;
    await alice.setState(roomId, 'm.room.join_rules', { join_rule: 'restricted', allow });
    const made = await remote.call('GET', `${federationPath('v1/make_join', roomId, userId)}?ver=10`);
    expectError(made, status, errcode);
    const sent = await remote.call('PUT', federationPath('v2/send_join', roomId, event.eventId), event.pdu);
    expectError(sent, status, errcode);
    expect(await membershipOf(roomId, userId)).toBeUndefined();
  });

  it('are refused where nobody vouches, or somebody who may not', async () => {
    const [lobby, userId, carol] = [await publicRoom(), bob(), await http.register(uniqueName('carol'))];
    const roomId = await restricted([lobby], '10');
    await remote.join(lobby, userId);
    const template = await remote.ask('GET', `${federationPath('v1/make_join', roomId, userId)}?ver=10`);
    const vouching = [undefined, '@nobody:localhost', carol.userId, userId];
    for (const authorizing of vouching) {
      const by = authorizing === undefined ? {} : { join_authorised_via_users_server: authorizing };
      const content = { membership: 'join', ...by };
      const { event } = completeTemplate(remote.server, {
        ...template,
        event: { ...(template['event'] as JsonObject), content },
      });
      const path = federationPath('v2/send_join', roomId, event.eventId);
      expectError(await remote.call('PUT', path, event.pdu), 403, 'M_FORBIDDEN');
    }
    expect(await membershipOf(roomId, userId)).toBeUndefined();
  });

  it('are refused where nobody of this server may let others in, when they are made and when they come', async () => {
    const [lobby, userId] = [await publicRoom(), bob()];
    const roomId = await restricted([lobby], '10');
    await remote.join(lobby, userId);
    const { event } = await remote.makeMembership('join', roomId, userId);
    await alice.setState(roomId, 'm.room.power_levels', { invite: 50, users: { [alice.userId]: 49 } });
    const made = await remote.call('GET', `${federationPath('v1/make_join', roomId, userId)}?ver=10`);
    expectError(made, 400, 'M_UNABLE_TO_GRANT_JOIN');
    const sent = await remote.call('PUT', federationPath('v2/send_join', roomId, event.eventId), event.pdu);
    expectError(sent, 400, 'M_UNABLE_TO_GRANT_JOIN');
    expect(await membershipOf(roomId, userId)).toBeUndefined();
  });

  it('are refused where the condition is met no more when the event comes', async () => {
    const [lobby, userId] = [await publicRoom(), bob()];
    const roomId = await restricted([lobby]);
    await remote.join(lobby, userId);
    const { event } = await remote.makeMembership('join', roomId, userId);
    await alice.ask('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(lobby)}/kick`, { user_id: userId });
    const path = federationPath('v2/send_join', roomId, event.eventId);
    expectError(await remote.call('PUT', path, event.pdu), 403, 'M_FORBIDDEN');
  });
});

describe('leaves and knocks', () => {
  it.each(['v1', 'v2'])('let users go, by %s', async (api) => {
    const [roomId, userId] = [await publicRoom(), oldServer.user(uniqueName('bob'))];
    await oldServer.join(roomId, userId);
    const { event } = await oldServer.makeMembership('leave', roomId, userId);
    const answer = await oldServer.call('PUT', federationPath(`${api}/send_leave`, roomId, event.eventId), event.pdu);
    expect(answer).toEqual({ status: 200, body: api === 'v1' ? [200, {}] : {} });
    expect(await membershipOf(roomId, userId)).toBe('leave');
  });

  it('let users knock, and tell them where', async () => {
    const rules = { type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } };
    const roomId = await alice.createRoom({ preset: 'private_chat', name: 'Door', initial_state: [rules] });
    const userId = bob();
    const { event, rules: version } = await remote.makeMembership('knock', roomId, userId);
    const answer = await remote.ask('PUT', federationPath('v1/send_knock', roomId, event.eventId), event.pdu);
    const types = eventsOf(answer['knock_room_state'], version).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['m.room.create', 'm.room.name', 'm.room.join_rules']));
    expect(await membershipOf(roomId, userId)).toBe('knock');
  });

  it('refuse knocks on rooms that want none', async () => {
    const [open, old] = [await publicRoom(), await publicRoom({ room_version: '6' })];
    for (const [roomId, version] of [
      [open, '12'],
      [old, '6'],
    ] as const) {
      const path = `${federationPath('v1/make_knock', roomId, bob())}?ver=${version}`;
      expectError(await remote.call('GET', path), 403, 'M_FORBIDDEN');
    }
  });
});

describe('templates', () => {
  it('are of the end of the room', async () => {
    const roomId = await publicRoom({ room_version: '10' });
    const last = await alice.send(roomId, 'the last');
    const userId = bob();
    const template = await remote.ask('GET', `${federationPath('v1/make_join', roomId, userId)}?ver=10`);
    expect(template['room_version']).toBe('10');
    expect(template['event']).toMatchObject({
      type: 'm.room.member',
      room_id: roomId,
      sender: userId,
      state_key: userId,
      content: { membership: 'join' },
      origin: 'localhost',
      prev_events: [last],
      depth: expect.any(Number),
    });
    expect(completeTemplate(remote.server, template).event.authEvents.length).toBeGreaterThan(2);
  });
});
