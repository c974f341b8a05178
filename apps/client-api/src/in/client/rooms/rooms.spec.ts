import {
  clientEventResponse,
  joinedMembersResponse,
  joinedRoomsResponse,
  membersResponse,
  roomStateResponse,
} from '@plexus/matrix-api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, ClientApiServer } from '../../../../test-support/client-api-server.ts';
import { refused } from '../../../../test-support/fake-room-writer.ts';
import { chunkOf, errorOf, pathIn, RoomCalls } from '../../../../test-support/room-calls.ts';

const V3 = '/_matrix/client/v3';

let calls: RoomCalls;
let server: ClientApiServer;
let alice: string;
let bob: string;
let room: string;

beforeAll(async () => {
  calls = await RoomCalls.started();
  ({ server, alice, bob } = calls);
});
afterAll(() => server.stop());

beforeEach(async () => {
  room = await calls.createRoom({});
});

const call: RoomCalls['call'] = (...asked) => calls.call(...asked);
const inRoom = (path: string): string => pathIn(room, path);
const send = (token: string, text: string, transactionId?: string): Promise<string> =>
  calls.send(room, token, { body: text, ...(transactionId !== undefined && { transactionId }) });

function setAliases(content: object): Promise<Answer> {
  return call('PUT', inRoom('/state/m.room.canonical_alias'), alice, content);
}

describe('PUT /send', () => {
  it('returns an event id, and the same one for the same transaction', async () => {
    const first = await send(alice, 'hello', 'once');
    expect(await send(alice, 'hello', 'once')).toBe(first);
    expect(await send(alice, 'hello', 'twice')).not.toBe(first);
  });

  it('takes the content as bytes, unchanged', async () => {
    const content = '{ "body":"ä","n":1.50,"big":123456789012345678901 }';
    await call('PUT', inRoom('/send/m.room.message/bytes'), alice, content);
    const command = server.ports.writer.commands.at(-1)?.command;
    const event = command?.$case === 'sendEvent' ? command.value.event : undefined;
    expect(event?.content.toString()).toBe(content);
    expect(event).toMatchObject({ sender: '@alice:one.example', transactionId: 'bytes', senderDeviceId: 'DEVICE' });
  });

  it('moves what a redaction names out of its content', async () => {
    const redacts = await send(alice, 'bad');
    await call('PUT', inRoom('/send/m.room.redaction/r'), alice, { redacts, reason: 'x' });
    const command = server.ports.writer.commands.at(-1)?.command;
    const event = command?.$case === 'sendEvent' ? command.value.event : undefined;
    expect([event?.redacts, event?.content.toString()]).toEqual([redacts, '{"reason":"x"}']);
  });

  it.each<[string, string, unknown, [number, string]]>([
    ['no JSON', '/send/m.x/1', 'hello', [400, 'M_NOT_JSON']],
    ['no body', '/send/m.x/1', undefined, [400, 'M_NOT_JSON']],
    ['a list', '/send/m.x/1', [], [400, 'M_BAD_JSON']],
    ['a text', '/send/m.x/1', '"x"', [400, 'M_BAD_JSON']],
    ['an overlong type', `/send/${'x'.repeat(256)}/1`, {}, [400, 'M_INVALID_PARAM']],
    ['an overlong transaction id', `/send/m.x/${'x'.repeat(256)}`, {}, [400, 'M_INVALID_PARAM']],
    ['a redaction of nothing', '/send/m.room.redaction/1', {}, [400, 'M_MISSING_PARAM']],
    ['a redaction of no event', '/send/m.room.redaction/1', { redacts: 'x' }, [400, 'M_INVALID_PARAM']],
  ])('refuses %s', async (_what, path, body, expected) => {
    expect(errorOf(await call('PUT', inRoom(path), alice, body))).toEqual(expected);
  });

  it('refuses what is no room id, and whoever has no token', async () => {
    expect(errorOf(await call('PUT', '/rooms/nothing/send/m.x/1', alice, {}))).toEqual([400, 'M_INVALID_PARAM']);
    const path = `${V3}${inRoom('/send/m.x/1')}`;
    expect(errorOf(await server.call('PUT', path, { body: {} }))).toEqual([401, 'M_MISSING_TOKEN']);
  });

  it('passes the answers of the owner on', async () => {
    const { writer } = server.ports;
    const path = inRoom('/send/m.x/owner');
    writer.nextReply = refused('M_TOO_LARGE', 413);
    expect(errorOf(await call('PUT', path, alice, {}))).toEqual([413, 'M_TOO_LARGE']);
    writer.nextReply = refused('ORG_STRANGE', 403);
    expect(errorOf(await call('PUT', path, alice, {}))).toEqual([403, 'M_UNKNOWN']);
    writer.nextReply = { $case: 'overloaded', value: { retryAfterMs: 1500 } };
    const overloaded = await call('PUT', path, alice, {});
    expect([overloaded.status, overloaded.body]).toMatchObject([
      429,
      { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 1500 },
    ]);
    expect(overloaded.headers['retry-after']).toBe('2');
    writer.nextReply = { $case: 'failed', value: { error: 'gone' } };
    expect(errorOf(await call('PUT', path, alice, {}))).toEqual([503, 'M_UNKNOWN']);
  });

  it('is served under the older prefix too', async () => {
    const path = `/_matrix/client/r0${inRoom('/send/m.x/old')}`;
    expect((await server.call('PUT', path, { token: alice, body: {} })).status).toBe(200);
  });
});

describe('room state', () => {
  it('is set and read, with and without a state key', async () => {
    expect((await call('PUT', inRoom('/state/m.room.topic'), alice, { topic: 'a' })).status).toBe(200);
    expect((await call('PUT', inRoom('/state/m.room.topic/'), alice, { topic: 'b' })).status).toBe(200);
    expect((await call('PUT', inRoom('/state/org.x/key%2F1'), alice, { x: 1 })).status).toBe(200);
    expect((await call('GET', inRoom('/state/m.room.topic'), alice)).body).toEqual({ topic: 'b' });
    expect((await call('GET', inRoom('/state/m.room.topic/'), alice)).body).toEqual({ topic: 'b' });
    expect((await call('GET', inRoom('/state/org.x/key%2F1'), alice)).body).toEqual({ x: 1 });
    const whole = await call('GET', inRoom('/state/m.room.topic?format=event'), alice);
    expect(clientEventResponse.check(whole.body).outcome).toBe('ok');
    expect(whole.body).toMatchObject({ type: 'm.room.topic', state_key: '', content: { topic: 'b' } });
    const all = await call('GET', inRoom('/state'), alice);
    expect(roomStateResponse.check(all.body).outcome).toBe('ok');
  });

  it('answers what is not there with 404, and strangers with 403', async () => {
    expect(errorOf(await call('GET', inRoom('/state/m.room.nothing'), alice))).toEqual([404, 'M_NOT_FOUND']);
    expect(errorOf(await call('GET', inRoom('/state'), bob))).toEqual([403, 'M_FORBIDDEN']);
    expect(errorOf(await call('GET', '/rooms/!none:one.example/state', bob))).toEqual([403, 'M_FORBIDDEN']);
    expect(errorOf(await call('GET', inRoom('/state/m.room.topic?format=x'), alice))).toEqual([400, 'M_INVALID_PARAM']);
  });

  it('is readable by strangers where the history is world-readable', async () => {
    await call('PUT', inRoom('/state/m.room.history_visibility'), alice, { history_visibility: 'world_readable' });
    expect((await call('GET', inRoom('/state/m.room.create'), bob)).status).toBe(200);
  });

  it('stays as it was for those who left', async () => {
    await call('POST', inRoom('/invite'), alice, { user_id: '@bob:one.example' });
    await call('POST', inRoom('/join'), bob, {});
    await call('PUT', inRoom('/state/m.room.topic'), alice, { topic: 'before' });
    await call('POST', inRoom('/leave'), bob);
    await call('PUT', inRoom('/state/m.room.topic'), alice, { topic: 'after' });
    expect((await call('GET', inRoom('/state/m.room.topic'), bob)).body).toEqual({ topic: 'before' });
    // An invite and its rejection later on show no more.
    await call('POST', inRoom('/invite'), alice, { user_id: '@bob:one.example' });
    await call('POST', inRoom('/leave'), bob);
    expect((await call('GET', inRoom('/state/m.room.topic'), bob)).body).toEqual({ topic: 'before' });
  });

  it('changes memberships through the rules of memberships', async () => {
    const set = (content: object) => call('PUT', inRoom('/state/m.room.member/@bob:one.example'), alice, content);
    expect((await set({ membership: 'invite', reason: 'hi' })).status).toBe(200);
    const command = server.ports.writer.commands.at(-1)?.command;
    expect(command).toMatchObject({
      $case: 'changeMembership',
      value: { targetUserId: '@bob:one.example', membership: 'invite' },
    });
    expect(errorOf(await set({ membership: 'king' }))).toEqual([400, 'M_BAD_JSON']);
    expect(errorOf(await call('PUT', inRoom('/state/m.room.member/bob'), alice, { membership: 'ban' }))).toEqual([
      400,
      'M_INVALID_PARAM',
    ]);
  });

  it('lists only aliases that lead to the room', async () => {
    expect(errorOf(await setAliases({ alias: '#none:one.example' }))).toEqual([400, 'M_BAD_ALIAS']);
    expect(errorOf(await setAliases({ alias: 'none' }))).toEqual([400, 'M_INVALID_PARAM']);
    expect(errorOf(await setAliases({ alt_aliases: 'x' }))).toEqual([400, 'M_BAD_JSON']);
    await server.ports.aliases.addAlias({
      roomAlias: '#mine:one.example',
      roomId: room,
      creator: '@alice:one.example',
    });
    expect((await setAliases({ alias: '#mine:one.example' })).status).toBe(200);
    expect((await setAliases({})).status).toBe(200);
  });
});

describe('memberships', () => {
  it('go from invite to join, leave and forgetting', async () => {
    expect((await call('POST', inRoom('/invite'), alice, { user_id: '@bob:one.example' })).body).toEqual({});
    const joined = await call('POST', `/join/${encodeURIComponent(room)}`, bob);
    expect(joined.body).toEqual({ room_id: room });
    const rooms = await call('GET', '/joined_rooms', bob);
    expect(joinedRoomsResponse.check(rooms.body).outcome).toBe('ok');
    expect(rooms.body['joined_rooms']).toContain(room);
    expect(errorOf(await call('POST', inRoom('/forget'), bob))).toEqual([400, 'M_UNKNOWN']);
    expect((await call('POST', inRoom('/leave'), bob, {})).body).toEqual({});
    expect((await call('GET', inRoom('/state'), bob)).status).toBe(200);
    expect((await call('POST', inRoom('/forget'), bob)).body).toEqual({});
    expect(errorOf(await call('GET', inRoom('/state'), bob))).toEqual([403, 'M_FORBIDDEN']);
    expect(errorOf(await call('GET', inRoom('/messages?dir=b'), bob))).toEqual([403, 'M_FORBIDDEN']);
  });

  it('are found by alias', async () => {
    const alias = `#door${Math.random()}:one.example`;
    await server.ports.aliases.addAlias({ roomAlias: alias, roomId: room, creator: '@alice:one.example' });
    expect(
      (await call('POST', `/join/${encodeURIComponent(alias)}?via=one.example&via=two.example`, bob)).body,
    ).toEqual({ room_id: room });
    expect(errorOf(await call('POST', '/join/%23none:one.example', bob))).toEqual([404, 'M_NOT_FOUND']);
    expect(errorOf(await call('POST', '/join/nothing', bob))).toEqual([400, 'M_INVALID_PARAM']);
    expect(errorOf(await call('POST', '/join/!none:one.example', bob))).toEqual([404, 'M_NOT_FOUND']);
  });

  it('are ended and barred by others', async () => {
    const target = { user_id: '@bob:one.example', reason: 'x' };
    await call('POST', inRoom('/join'), bob);
    expect((await call('POST', inRoom('/kick'), alice, target)).status).toBe(200);
    expect(errorOf(await call('POST', inRoom('/kick'), alice, target))).toEqual([403, 'M_FORBIDDEN']);
    expect((await call('POST', inRoom('/ban'), alice, target)).status).toBe(200);
    expect((await call('POST', inRoom('/unban'), alice, target)).status).toBe(200);
    expect(errorOf(await call('POST', inRoom('/unban'), alice, target))).toEqual([403, 'M_FORBIDDEN']);
  });

  it.each<[string, string, unknown, [number, string]]>([
    ['an invite of nobody', '/invite', {}, [400, 'M_MISSING_PARAM']],
    ['an invite of what is no user', '/invite', { user_id: '@bob' }, [400, 'M_INVALID_PARAM']],
    ['an invite without a sigil', '/invite', { user_id: 'bob' }, [400, 'M_BAD_JSON']],
    [
      'an invite by email',
      '/invite',
      { id_server: 'x', id_access_token: 'x', medium: 'email', address: 'x' },
      [403, 'M_FORBIDDEN'],
    ],
    ['a ban of nobody', '/ban', {}, [400, 'M_MISSING_PARAM']],
    ['a reason that is a number', '/leave', { reason: 1 }, [400, 'M_BAD_JSON']],
    ['a join that is no JSON', '/join', 'x', [400, 'M_NOT_JSON']],
  ])('refuse %s', async (_what, path, body, expected) => {
    expect(errorOf(await call('POST', inRoom(path), alice, body))).toEqual(expected);
  });

  it('are listed', async () => {
    await call('POST', inRoom('/join'), bob);
    await call('POST', inRoom('/leave'), bob);
    const all = await call('GET', inRoom('/members'), alice);
    expect(membersResponse.check(all.body).outcome).toBe('ok');
    expect(
      chunkOf(all)
        .map((event) => event['state_key'])
        .sort(),
    ).toEqual(['@alice:one.example', '@bob:one.example']);
    const left = await call('GET', inRoom('/members?membership=leave'), alice);
    expect(chunkOf(left).map((event) => event['state_key'])).toEqual(['@bob:one.example']);
    const notLeft = await call('GET', inRoom('/members?not_membership=leave'), alice);
    expect(chunkOf(notLeft).map((event) => event['state_key'])).toEqual(['@alice:one.example']);
    expect(errorOf(await call('GET', inRoom('/members?membership=x'), alice))).toEqual([400, 'M_INVALID_PARAM']);
    const joined = await call('GET', inRoom('/joined_members'), alice);
    expect(joinedMembersResponse.check(joined.body).outcome).toBe('ok');
    expect(joined.body).toEqual({ joined: { '@alice:one.example': {} } });
    expect(errorOf(await call('GET', inRoom('/joined_members'), bob))).toEqual([403, 'M_FORBIDDEN']);
  });

  it('are listed as they were at a token', async () => {
    const { body } = await call('GET', inRoom('/messages?dir=b&limit=1'), alice);
    await call('POST', inRoom('/join'), bob);
    const members = (at: unknown) => call('GET', inRoom(`/members?at=${encodeURIComponent(String(at))}`), alice);
    expect(chunkOf(await members(body['end'])).map((event) => event['state_key'])).toEqual(['@alice:one.example']);
    expect(errorOf(await members('nonsense'))).toEqual([400, 'M_INVALID_PARAM']);
  });
});

describe('GET /event', () => {
  it('shows an event to those who may see it', async () => {
    const eventId = await send(alice, 'hello', 'mine');
    const answer = await call('GET', inRoom(`/event/${encodeURIComponent(eventId)}`), alice);
    expect(clientEventResponse.check(answer.body).outcome).toBe('ok');
    expect(answer.body).toMatchObject({ event_id: eventId, room_id: room, content: { body: 'hello' } });
    expect(answer.body['unsigned']).toMatchObject({ transaction_id: 'mine', membership: 'join' });
    expect(errorOf(await call('GET', inRoom(`/event/${encodeURIComponent(eventId)}`), bob))).toEqual([
      404,
      'M_NOT_FOUND',
    ]);
  });

  it('answers an unknown event with 404 and no event id with 400', async () => {
    const unknown = `$${'A'.repeat(43)}`;
    expect(errorOf(await call('GET', inRoom(`/event/${unknown}`), alice))).toEqual([404, 'M_NOT_FOUND']);
    expect(errorOf(await call('GET', inRoom('/event/nothing'), alice))).toEqual([400, 'M_INVALID_PARAM']);
  });
});

describe('PUT /redact', () => {
  it('redacts once per transaction and shows why', async () => {
    const eventId = await send(alice, 'bad');
    const path = inRoom(`/redact/${encodeURIComponent(eventId)}/r1`);
    const first = await call('PUT', path, alice, { reason: 'spam' });
    expect(first.status).toBe(200);
    expect((await call('PUT', path, alice, { reason: 'spam' })).body).toEqual(first.body);
    const shown = await call('GET', inRoom(`/event/${encodeURIComponent(eventId)}`), alice);
    expect(shown.body['content']).toEqual({});
    expect(shown.body['unsigned']).toMatchObject({ redacted_because: { event_id: first.body['event_id'] } });
  });

  it('needs no body', async () => {
    const eventId = await send(alice, 'bad');
    expect((await call('PUT', inRoom(`/redact/${encodeURIComponent(eventId)}/r2`), alice)).status).toBe(200);
    expect(errorOf(await call('PUT', inRoom('/redact/nothing/r3'), alice, {}))).toEqual([400, 'M_INVALID_PARAM']);
  });
});
