import {
  createRoomResponse,
  emptyResponse,
  eventIdResponse,
  joinedMembersResponse,
  joinResponse,
  membersResponse,
  messagesResponse,
  roomStateResponse,
} from '@plexus/matrix-api';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, MatrixHttp, Reply } from '../../support/matrix-client.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const V3 = '/_matrix/client/v3';
const EVERY_VERSION = Array.from({ length: 12 }, (_, index) => String(index + 1));

let http: MatrixHttp;
let alice: MatrixClient;
let bob: MatrixClient;
let room: string;

beforeAll(async () => {
  http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});
beforeEach(async () => {
  room = await alice.createRoom({ preset: 'private_chat' });
});

function inRoom(path: string): string {
  return `${V3}/rooms/${encodeURIComponent(room)}${path}`;
}

function post(client: MatrixClient, path: string, body: Json = {}): Promise<Reply> {
  return client.call('POST', inRoom(path), body);
}

function putState(client: MatrixClient, type: string, content: Json): Promise<Reply> {
  return client.call('PUT', inRoom(`/state/${type}`), content);
}

function redact(client: MatrixClient, eventId: string, transactionId: string): Promise<Reply> {
  return client.call('PUT', inRoom(`/redact/${encodeURIComponent(eventId)}/${transactionId}`), {});
}

/** The ids of all events that alice sees, three at a time. */
async function pages(direction: string): Promise<string[]> {
  const eventIds: string[] = [];
  for (let from = ''; ;) {
    const query = `dir=${direction}&limit=3${from === '' ? '' : `&from=${encodeURIComponent(from)}`}`;
    const page = expectShape(await alice.call('GET', inRoom(`/messages?${query}`)), messagesResponse);
    eventIds.push(...(page['chunk'] as Json[]).map((event) => String(event['event_id'])));
    if (typeof page['end'] !== 'string') return eventIds;
    from = page['end'];
  }
}

describe('POST /createRoom', () => {
  it.each(EVERY_VERSION)('makes a usable room of version %s', async (version) => {
    const body = {
      room_version: version,
      name: 'Tea',
      topic: 'Leaves',
      invite: [bob.userId],
      preset: 'trusted_private_chat',
    };
    const made = expectShape(await alice.call('POST', `${V3}/createRoom`, body), createRoomResponse);
    room = String(made['room_id']);
    expectShape(await post(bob, '/join'), joinResponse);
    expectShape(await bob.call('PUT', bob.sendPath(room, 'first'), { body: 'hello' }), eventIdResponse);
    expect((await bob.call('GET', inRoom('/state/m.room.create'))).body).toMatchObject({ room_version: version });
    expectShape(await bob.call('GET', inRoom('/state')), roomStateResponse);
  });

  it('refuses a state that its own rules forbid', async () => {
    const body = { power_level_content_override: { events: { 'm.room.name': 200 } }, room_version: '11', name: 'Tea' };
    expectError(await alice.call('POST', `${V3}/createRoom`, body), 400, 'M_INVALID_ROOM_STATE');
  });

  it('takes an alias once', async () => {
    const body = { room_alias_name: 'teatime', preset: 'public_chat' };
    const made = expectShape(await alice.call('POST', `${V3}/createRoom`, body), createRoomResponse);
    expectError(await bob.call('POST', `${V3}/createRoom`, body), 400, 'M_ROOM_IN_USE');
    const alias = encodeURIComponent(`#teatime:localhost`);
    expect((await bob.call('POST', `${V3}/join/${alias}`, {})).body).toEqual({ room_id: made['room_id'] });
  });
});

describe('memberships', () => {
  it('need an invite in a private room', async () => {
    expectError(await post(bob, '/join'), 403, 'M_FORBIDDEN');
    expectShape(await post(alice, '/invite', { user_id: bob.userId }), emptyResponse);
    expectShape(await post(alice, '/invite', { user_id: bob.userId }), emptyResponse);
    expectShape(await post(bob, '/join'), joinResponse);
    expectShape(await post(bob, '/join'), joinResponse);
    expectError(await post(alice, '/invite', { user_id: bob.userId }), 403, 'M_FORBIDDEN');
  });

  it('end by leaving, and an invite by rejecting it', async () => {
    await alice.invite(room, bob.userId);
    expectShape(await post(bob, '/leave', { reason: 'no' }), emptyResponse);
    expectError(await post(bob, '/join'), 403, 'M_FORBIDDEN');
  });

  it('are ended by kick and barred by ban, with the power to', async () => {
    const target = { user_id: bob.userId, reason: 'x' };
    await alice.invite(room, bob.userId);
    await bob.join(room);
    expectError(await post(bob, '/kick', { user_id: alice.userId }), 403, 'M_FORBIDDEN');
    expectShape(await post(alice, '/kick', target), emptyResponse);
    expectError(await post(alice, '/kick', target), 403, 'M_FORBIDDEN');
    expectShape(await post(alice, '/ban', target), emptyResponse);
    expectError(await post(alice, '/invite', target), 403, 'M_FORBIDDEN');
    expectError(await post(bob, '/join'), 403, 'M_FORBIDDEN');
    expectShape(await post(alice, '/unban', target), emptyResponse);
    expectError(await post(alice, '/unban', target), 403, 'M_FORBIDDEN');
    const members = expectShape(await alice.call('GET', inRoom('/members')), membersResponse);
    expect(members['chunk']).toHaveLength(2);
    const joined = expectShape(await alice.call('GET', inRoom('/joined_members')), joinedMembersResponse);
    expect(Object.keys(joined['joined'] as object)).toEqual([alice.userId]);
  });

  it('are forgotten after leaving', async () => {
    await alice.invite(room, bob.userId);
    await bob.join(room);
    expectError(await post(bob, '/forget'), 400, 'M_UNKNOWN');
    await bob.leave(room);
    expectShape(await bob.call('GET', inRoom('/messages?dir=b')), messagesResponse);
    expectShape(await post(bob, '/forget'), emptyResponse);
    expectError(await bob.call('GET', inRoom('/messages?dir=b')), 403, 'M_FORBIDDEN');
  });
});

describe('sending', () => {
  it('is for members, with the power to', async () => {
    expectError(await bob.call('PUT', bob.sendPath(room, 'a'), {}), 403, 'M_FORBIDDEN');
    await alice.invite(room, bob.userId);
    await bob.join(room);
    expectError(await putState(bob, 'm.room.name', { name: 'x' }), 403, 'M_FORBIDDEN');
    expectShape(await putState(alice, 'm.room.name', { name: 'x' }), eventIdResponse);
    expectError(await putState(alice, 'm.room.create', {}), 403, 'M_FORBIDDEN');
  });

  it('gives a repeated transaction its first event, per device', async () => {
    const path = alice.sendPath(room, 'once');
    const first = expectShape(await alice.call('PUT', path, { body: 'x' }), eventIdResponse);
    expect((await alice.call('PUT', path, { body: 'x' })).body).toEqual(first);
    const other = await http.login(alice.userId);
    expect((await other.call('PUT', path, { body: 'x' })).body).not.toEqual(first);
  });

  it('refuses events that are too large, and numbers that are not canonical', async () => {
    expectError(await alice.call('PUT', alice.sendPath(room, 'l'), { body: 'x'.repeat(70_000) }), 413, 'M_TOO_LARGE');
    expectError(await alice.call('PUT', alice.sendPath(room, 'f'), { n: 1.5 }), 400, 'M_BAD_JSON');
    const big = Buffer.from('{"n":9007199254740993}');
    expectError(await alice.call('PUT', alice.sendPath(room, 'b'), big), 400, 'M_BAD_JSON');
    expectError(await alice.call('PUT', alice.sendPath(room, 'u'), Buffer.from([0x7b, 0xff, 0x7d])), 400, 'M_NOT_JSON');
  });

  it('to a room that nobody knows is refused', async () => {
    const reply = await alice.call('PUT', alice.sendPath('!nowhere:localhost', 'x'), {});
    expect([403, 404]).toContain(reply.status);
  });
});

describe('redactions', () => {
  it('of one’s own events and, with the power, of others’ take their content away', async () => {
    await alice.invite(room, bob.userId);
    await bob.join(room);
    const [ofBob, ofAlice] = [await bob.send(room, 'mine'), await alice.send(room, 'hers')];
    expectError(await redact(bob, ofAlice, '1'), 403, 'M_FORBIDDEN');
    expectShape(await redact(bob, ofBob, '2'), eventIdResponse);
    expectShape(await redact(alice, ofAlice, '3'), eventIdResponse);
    expectError(await redact(alice, `$${'A'.repeat(43)}`, '4'), 404, 'M_NOT_FOUND');
    for (const eventId of [ofBob, ofAlice]) {
      const { body } = await bob.call('GET', inRoom(`/event/${encodeURIComponent(eventId)}`));
      expect(body).toMatchObject({ event_id: eventId, content: {} });
      expect(body['unsigned']).toHaveProperty('redacted_because');
    }
  });
});

describe('GET /messages', () => {
  it('shows each event once, in both directions, however it is paged', async () => {
    const sent: string[] = [];
    for (let count = 0; count < 7; count += 1) sent.push(await alice.send(room, String(count)));
    const back = await pages('b');
    expect(back.filter((eventId) => sent.includes(eventId))).toEqual(sent.toReversed());
    expect(new Set(back).size).toBe(back.length);
    expect(await pages('f')).toEqual(back.toReversed());
  });

  it.each([
    ['shared', ['before', 'after']],
    ['joined', ['after']],
    ['invited', ['after']],
    ['world_readable', ['before', 'after']],
  ])('shows a new member what the history visibility %s lets them see', async (visibility, expected) => {
    await putState(alice, 'm.room.history_visibility', { history_visibility: visibility });
    await alice.send(room, 'before');
    await alice.invite(room, bob.userId);
    await bob.join(room);
    await alice.send(room, 'after');
    await bob.leave(room);
    await alice.send(room, 'gone');
    const { chunk } = expectShape(await bob.call('GET', inRoom('/messages?dir=f&limit=100')), messagesResponse) as {
      chunk: Json[];
    };
    const bodies = chunk.map((event) => (event['content'] as Json)['body']).filter((body) => body !== undefined);
    const isOpen = visibility === 'world_readable';
    expect(bodies).toEqual(isOpen ? [...expected, 'gone'] : expected);
  });
});
