import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let alice: MatrixClient;
let roomId: string;
beforeAll(async () => {
  http = await specified();
  alice = await http.register(uniqueName('alice'));
  roomId = await alice.createRoom();
});

function put(client: MatrixClient, path: string, body: unknown = {}): Promise<Reply> {
  return client.call('PUT', roomPath(roomId, path), body);
}

describe('a transaction id', () => {
  it('names the first event when it is repeated, even at the same time and with other content', async () => {
    const path = '/send/m.room.message/same';
    const replies = await Promise.all([1, 2, 3, 4, 5].map((n) => put(alice, path, { body: String(n) })));
    expect(new Set(replies.map(({ status, body }) => `${status} ${String(body['event_id'])}`)).size).toBe(1);
  });

  it('counts for its device, endpoint, room and type', async () => {
    const other = await http.login(alice.userId);
    const first = await put(alice, '/send/m.room.message/t', {});
    expect((await put(other, '/send/m.room.message/t', {})).body).not.toEqual(first.body);
    expect((await put(alice, '/send/m.other/t', {})).body).not.toEqual(first.body);
    const elsewhere = await alice.createRoom();
    expect((await alice.call('PUT', roomPath(elsewhere, '/send/m.room.message/t'), {})).body).not.toEqual(first.body);
    const eventId = encodeURIComponent(String(first.body['event_id']));
    const redactions = [await put(alice, `/redact/${eventId}/t`), await put(alice, `/redact/${eventId}/t`)];
    expect(redactions[0]?.body).toEqual(redactions[1]?.body);
    expect(redactions[0]?.body).not.toEqual(first.body);
  });

  it('comes back to the device that sent the event, and to no other', async () => {
    const { body } = await put(alice, '/send/m.room.message/echo', { body: 'x' });
    const path = roomPath(roomId, `/event/${encodeURIComponent(String(body['event_id']))}`);
    expect((await alice.ask('GET', path))['unsigned']).toMatchObject({ transaction_id: 'echo' });
    const other = await http.login(alice.userId);
    expect((await other.ask('GET', path))['unsigned']).not.toHaveProperty('transaction_id');
  });
});

describe('PUT /send', () => {
  it('keeps content as it came', async () => {
    const content: Json = {
      body: '☕ \u0000 \u{1F600} "\\/\b',
      n: [0, -1, 9_007_199_254_740_991],
      deep: { '': null, __proto__x: true, a: { b: [[], {}] } },
      constructor: 'c',
    };
    const { status, body } = await put(alice, '/send/org.test.any/kept', content);
    expect(status).toBe(200);
    const event = await alice.ask('GET', roomPath(roomId, `/event/${encodeURIComponent(String(body['event_id']))}`));
    expect(event['content']).toEqual(content);
  });

  it.each<[string, string, unknown, number, string]>([
    ['content that is no object', '/send/m.a/1', [], 400, 'M_BAD_JSON'],
    ['no body', '/send/m.a/2', undefined, 400, 'M_NOT_JSON'],
    ['half a surrogate pair', '/send/m.a/3', Buffer.from('{"a":"\\udc00"}'), 400, 'M_BAD_JSON'],
    ['half a surrogate pair as a key', '/send/m.a/4', Buffer.from('{"\\ud800":1}'), 400, 'M_BAD_JSON'],
    ['a fraction', '/send/m.a/5', { a: 0.5 }, 400, 'M_BAD_JSON'],
    ['an integer beyond 2^53-1', '/send/m.a/6', Buffer.from('{"a":9007199254740992}'), 400, 'M_BAD_JSON'],
    ['an event type of 256 bytes', `/send/${'t'.repeat(256)}/7`, {}, 400, 'M_INVALID_PARAM'],
    ['a transaction id of 256 bytes', `/send/m.a/${'t'.repeat(256)}`, {}, 400, 'M_INVALID_PARAM'],
    ['an event of more than 65,536 bytes', '/send/m.a/8', { a: 'x'.repeat(65_536) }, 413, 'M_TOO_LARGE'],
    ['a redaction of nothing', '/send/m.room.redaction/9', {}, 400, 'M_MISSING_PARAM'],
  ])('refuses %s', async (_title, path, body, status, errcode) => {
    const reply = body === undefined ? await alice.call('PUT', roomPath(roomId, path)) : await put(alice, path, body);
    expectError(reply, status, errcode);
  });

  it('takes types and transaction ids of 255 bytes, and of any characters', async () => {
    const long = 't'.repeat(255);
    expect((await put(alice, `/send/${long}/${long}`)).status).toBe(200);
    expect((await put(alice, `/send/${encodeURIComponent('a/b c?#é')}/${encodeURIComponent('/?#%é')}`)).status).toBe(
      200,
    );
  });

  it('is not for who is not in the room, whatever they send', async () => {
    const bob = await http.register(uniqueName('bob'));
    expectError(await put(bob, '/send/m.room.message/1', { body: 'x' }), 403, 'M_FORBIDDEN');
    expectError(await put(bob, '/state/m.room.name', { name: 'x' }), 403, 'M_FORBIDDEN');
    expectError(await bob.call('PUT', roomPath('nonsense', '/send/m.a/1'), {}), 400, 'M_INVALID_PARAM');
  });
});
