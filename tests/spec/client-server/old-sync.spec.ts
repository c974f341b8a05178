import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const V3 = '/_matrix/client/v3';

interface Told {
  readonly start: string;
  readonly end: string;
  readonly chunk: readonly { readonly event_id: string; readonly room_id: string; readonly content: Json }[];
}

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
let roomId: string;
beforeAll(async () => {
  http = await specified();
});
beforeEach(async () => {
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  roomId = await alice.createRoom({ preset: 'private_chat', name: 'Tea' });
});

async function events(client: MatrixClient, query: Record<string, string>): Promise<Told> {
  return client.ask<Told>('GET', `${V3}/events?${new URLSearchParams(query)}`);
}

const said = ({ chunk }: Told): unknown[] => chunk.flatMap(({ content }) => content['body'] ?? []);

describe('GET /initialSync', () => {
  it('tells rooms, invites and account data, and where to go on', async () => {
    const other = await bob.createRoom({ invite: [alice.userId] });
    await alice.send(roomId, 'hello');
    const body = await alice.ask('GET', `${V3}/initialSync?limit=1`);
    const rooms = body['rooms'] as Json[];
    expect(rooms.find((room) => room['room_id'] === roomId)).toMatchObject({
      membership: 'join',
      visibility: 'private',
      messages: { chunk: [{ type: 'm.room.message', room_id: roomId, content: { body: 'hello' } }] },
    });
    expect(rooms.find((room) => room['room_id'] === other)).toMatchObject({
      membership: 'invite',
      invite: { type: 'm.room.member', state_key: alice.userId, sender: bob.userId, room_id: other },
    });
    await alice.send(roomId, 'after');
    expect(said(await events(alice, { from: String(body['end']), timeout: '0' }))).toEqual(['after']);
    const { chunk } = await alice.ask('GET', roomPath(roomId, `/messages?dir=f&from=${String(body['end'])}`));
    expect(chunk).toMatchObject([{ content: { body: 'after' } }]);
  });

  it('leaves rooms out that the user left, unless they ask for them', async () => {
    await alice.ask('POST', roomPath(roomId, '/leave'), {});
    expect((await alice.ask('GET', `${V3}/initialSync`))['rooms']).toEqual([]);
    const { rooms } = await alice.ask('GET', `${V3}/initialSync?archived=true`);
    expect(rooms).toMatchObject([{ room_id: roomId, membership: 'leave' }]);
  });
});

describe('GET /events', () => {
  it('waits for what comes next', async () => {
    const { end: from } = await events(alice, { timeout: '0' });
    const waiting = events(alice, { from, timeout: '20000' });
    const eventId = await alice.send(roomId, 'at last');
    const told = await waiting;
    expect(told.chunk).toMatchObject([{ event_id: eventId, room_id: roomId, content: { body: 'at last' } }]);
    expect(told.start).toBe(from);
  });

  it('looks into rooms whose history anybody may read', async () => {
    const open = await alice.createRoom({ preset: 'public_chat' });
    expectError(
      await bob.call('GET', `${V3}/events?timeout=0&room_id=${encodeURIComponent(open)}`),
      403,
      'M_FORBIDDEN',
    );
    const visibility = { history_visibility: 'world_readable' };
    await alice.ask('PUT', roomPath(open, '/state/m.room.history_visibility'), visibility);
    const { end: from } = await events(bob, { timeout: '0', room_id: open });
    await alice.send(open, 'for all');
    expect(said(await events(bob, { from, timeout: '20000', room_id: open }))).toEqual(['for all']);
  });

  it('is refused for what is no place', async () => {
    expectError(await alice.call('GET', `${V3}/events?from=nonsense`), 400, 'M_INVALID_PARAM');
    expectError(await alice.call('GET', `${V3}/events?timeout=-1`), 400, 'M_INVALID_PARAM');
  });
});

describe('GET /events/{eventId}', () => {
  it('gives an event to those who may see it', async () => {
    const eventId = await alice.send(roomId, 'hello');
    const path = `${V3}/events/${encodeURIComponent(eventId)}`;
    const found = await alice.ask('GET', path);
    expect(found).toMatchObject({ event_id: eventId, room_id: roomId, content: { body: 'hello' } });
    expectError(await bob.call('GET', path), 404, 'M_NOT_FOUND');
    expectError(
      await alice.call('GET', `${V3}/events/${encodeURIComponent(`$${'a'.repeat(43)}`)}`),
      404,
      'M_NOT_FOUND',
    );
    expectError(await alice.call('GET', `${V3}/events/nonsense`), 400, 'M_INVALID_PARAM');
  });
});
