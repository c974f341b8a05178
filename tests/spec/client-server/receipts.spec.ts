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
