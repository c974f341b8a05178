import { emptyResponse } from '@plexus/matrix-api';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let alice: MatrixClient;
let bob: MatrixClient;
let room: string;
let eventId: string;

beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});
beforeEach(async () => {
  room = await alice.createRoom({ preset: 'public_chat' });
  eventId = await alice.send(room, 'read me');
});

function read(
  client: MatrixClient,
  body?: unknown,
  [type, of]: [string, string] = ['m.read', eventId],
): Promise<Reply> {
  return client.call('POST', roomPath(room, `/receipt/${type}/${encodeURIComponent(of)}`), body);
}

/** The contents of the room’s `m.receipt` events in an initial sync. */
async function receiptsOf(client: MatrixClient): Promise<unknown[]> {
  const { rooms } = (await client.sync()) as { rooms: { join: Record<string, { ephemeral?: { events: Json[] } }> } };
  const events = rooms.join[room]?.ephemeral?.events ?? [];
  return events.filter(({ type }) => type === 'm.receipt').map(({ content }) => content);
}

describe('POST /receipt', () => {
  it('says how far one has read; privately, to oneself alone', async () => {
    await bob.join(room);
    expectShape(await read(bob), emptyResponse);
    expectShape(await read(bob, {}), emptyResponse);
    expectShape(await read(bob, {}, ['m.read.private', eventId]), emptyResponse);
    const own = { [bob.userId]: { ts: expect.any(Number) } };
    expect(await receiptsOf(alice)).toEqual([{ [eventId]: { 'm.read': own } }]);
    expect(await receiptsOf(bob)).toEqual([{ [eventId]: { 'm.read': own, 'm.read.private': own } }]);
  });

  it('does not go back', async () => {
    const second = await alice.send(room, 'second');
    for (const of of [second, eventId]) expectShape(await read(alice, {}, ['m.read', of]), emptyResponse);
    expect(Object.keys(Object((await receiptsOf(alice))[0]))).toEqual([second]);
  });

  it('is of a thread, of the main timeline, or of all', async () => {
    const content = { msgtype: 'm.text', body: 'x', 'm.relates_to': { rel_type: 'm.thread', event_id: eventId } };
    const { event_id: reply } = await alice.ask('PUT', alice.sendPath(room, 'reply'), content);
    expectShape(await read(alice, { thread_id: 'main' }), emptyResponse);
    expectShape(await read(alice, { thread_id: eventId }, ['m.read', String(reply)]), emptyResponse);
    expect(await receiptsOf(alice)).toEqual(
      expect.arrayContaining([
        { [eventId]: { 'm.read': { [alice.userId]: { ts: expect.any(Number), thread_id: 'main' } } } },
        { [String(reply)]: { 'm.read': { [alice.userId]: { ts: expect.any(Number), thread_id: eventId } } } },
      ]),
    );
    expectError(await read(alice, { thread_id: 'main' }, ['m.read', String(reply)]), 400, 'M_INVALID_PARAM');
  });

  it.each([7, '', null, 'nothing', ['main'], '$none'])('refuses %j as a thread', async (threadId) => {
    expectError(await read(alice, { thread_id: threadId }), 400, 'M_INVALID_PARAM');
  });

  it('refuses kinds and events that there are not, and strangers', async () => {
    expectError(await read(alice, {}, ['m.seen', eventId]), 400, 'M_INVALID_PARAM');
    expectError(await read(alice, {}, ['m.read', `$${'A'.repeat(43)}`]), 400, 'M_INVALID_PARAM');
    expectError(await read(alice, {}, ['m.read', 'nothing']), 400, 'M_INVALID_PARAM');
    expectError(await read(alice, Buffer.from('{')), 400, 'M_NOT_JSON');
    expectError(await read(alice, []), 400, 'M_BAD_JSON');
    expectError(await read(bob), 403, 'M_FORBIDDEN');
  });
});

function mark(client: MatrixClient, body?: unknown): Promise<Reply> {
  return client.call('POST', roomPath(room, '/read_markers'), body);
}

function marked({ userId }: MatrixClient): Promise<Reply> {
  const ofRoom = `/_matrix/client/v3/user/${encodeURIComponent(userId)}/rooms/${encodeURIComponent(room)}`;
  return alice.call('GET', `${ofRoom}/account_data/m.fully_read`);
}

describe('POST /read_markers', () => {
  it('keeps the marker in the room’s account data, and sends receipts', async () => {
    const since = String((await alice.sync())['next_batch']);
    const body = { 'm.fully_read': eventId, 'm.read': eventId, 'm.read.private': eventId };
    expectShape(await mark(alice, body), emptyResponse);
    expect((await marked(alice)).body).toEqual({ event_id: eventId });
    const own = { [alice.userId]: { ts: expect.any(Number) } };
    expect(await receiptsOf(alice)).toEqual([{ [eventId]: { 'm.read': own, 'm.read.private': own } }]);
    const { rooms } = (await alice.sync({ since })) as { rooms: { join: Record<string, Json> } };
    expect(rooms.join[room]?.['account_data']).toEqual({
      events: [{ type: 'm.fully_read', content: { event_id: eventId } }],
    });
  });

  it('goes forward only, by this endpoint and as a receipt', async () => {
    const second = await alice.send(room, 'second');
    expectShape(await read(alice, {}, ['m.fully_read', second]), emptyResponse);
    expectShape(await mark(alice, { 'm.fully_read': eventId }), emptyResponse);
    expect((await marked(alice)).body).toEqual({ event_id: second });
    expect(await receiptsOf(alice)).toEqual([]);
    expectError(await read(alice, { thread_id: 'main' }, ['m.fully_read', second]), 400, 'M_INVALID_PARAM');
  });

  it('refuses events that there are not, and strangers', async () => {
    expectShape(await mark(alice, {}), emptyResponse);
    expectError(await mark(alice, { 'm.fully_read': `$${'A'.repeat(43)}` }), 400, 'M_INVALID_PARAM');
    expectError(await mark(alice, { 'm.read': 'nothing' }), 400, 'M_INVALID_PARAM');
    expectError(await mark(alice, { 'm.read': 7 }), 400, 'M_BAD_JSON');
    expectError(await mark(alice), 400, 'M_NOT_JSON');
    expectError(await mark(bob, { 'm.fully_read': eventId }), 403, 'M_FORBIDDEN');
  });
});
