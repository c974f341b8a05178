import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

interface Event {
  readonly event_id: string;
  readonly type: string;
  readonly state_key?: string;
  readonly origin_server_ts: number;
}

interface Context {
  readonly start: string;
  readonly end: string;
  readonly event: Event;
  readonly events_before: readonly Event[];
  readonly events_after: readonly Event[];
  readonly state: readonly Event[];
}

let alice: MatrixClient;
let bob: MatrixClient;
let roomId: string;
let said: string[];
beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  said = [];
  for (const body of ['one', 'two', 'three', 'four', 'five']) said.push(await alice.send(roomId, body));
});

function idsOf(events: readonly Event[]): string[] {
  return events.map(({ event_id: id }) => id);
}

async function contextOf(eventId: string, query: Record<string, string> = {}, client = alice): Promise<Context> {
  const path = `/context/${encodeURIComponent(eventId)}?${new URLSearchParams(query)}`;
  return client.ask<Context>('GET', roomPath(roomId, path));
}

async function page(query: Record<string, string>): Promise<string[]> {
  const { chunk } = await alice.ask('GET', roomPath(roomId, `/messages?${new URLSearchParams(query)}`));
  return idsOf(chunk as readonly Event[]);
}

function membersOf({ state }: Context): (string | undefined)[] {
  return state.filter(({ type }) => type === 'm.room.member').map((event) => event.state_key);
}

function ask(client: MatrixClient, room: string, eventId: string): Promise<Reply> {
  return client.call('GET', roomPath(room, `/context/${encodeURIComponent(eventId)}`));
}

describe('GET /context', () => {
  it('has the events around one, those before it newest first', async () => {
    const { event, events_before: before, events_after: after } = await contextOf(said[2] ?? '', { limit: '4' });
    expect(event.event_id).toBe(said[2]);
    expect(idsOf(before)).toEqual([said[1], said[0]]);
    expect(idsOf(after)).toEqual([said[3], said[4]]);
  });

  it('gives tokens to page on from', async () => {
    const { start, end } = await contextOf(said[2] ?? '', { limit: '2' });
    expect(await page({ dir: 'b', from: start, limit: '1' })).toEqual([said[0]]);
    expect(await page({ dir: 'f', from: end, limit: '5' })).toEqual([said[4]]);
  });

  it('always has the event itself', async () => {
    const alone = await contextOf(said[2] ?? '', { limit: '0' });
    expect([alone.event.event_id, alone.events_before, alone.events_after]).toEqual([said[2], [], []]);
    const filtered = await contextOf(said[2] ?? '', { filter: JSON.stringify({ types: ['m.room.name'] }) });
    expect([filtered.event.event_id, filtered.events_before]).toEqual([said[2], []]);
  });

  it('has the state, of the members only the senders where they are loaded lazily', async () => {
    const all = await contextOf(said[2] ?? '', { limit: '2' });
    expect(membersOf(all).toSorted()).toEqual([alice.userId, bob.userId].toSorted());
    const lazy = await contextOf(said[2] ?? '', { limit: '2', filter: '{"lazy_load_members":true}' });
    expect(membersOf(lazy)).toEqual([alice.userId]);
    expect(lazy.state.map(({ type }) => type)).toContain('m.room.create');
  });

  it('is the state of that time', async () => {
    const room = await alice.createRoom();
    const first = await alice.send(room, 'first');
    await alice.setState(room, 'm.room.topic', { topic: 'later' });
    const path = roomPath(room, `/context/${encodeURIComponent(first)}?limit=0`);
    const { state } = await alice.ask<Context>('GET', path);
    expect(state.map(({ type }) => type)).not.toContain('m.room.topic');
  });

  it('is not there for what the user may not see', async () => {
    const secret = await alice.createRoom({
      preset: 'public_chat',
      initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: 'joined' } }],
    });
    const before = await alice.send(secret, 'before');
    await bob.join(secret);
    expectError(await ask(bob, secret, before), 404, 'M_NOT_FOUND');
    expectError(await ask(bob, secret, `$${'x'.repeat(43)}`), 404, 'M_NOT_FOUND');
    expectError(await ask(alice, roomId, before), 404, 'M_NOT_FOUND');
    expectError(await ask(alice, roomId, 'nonsense'), 400, 'M_INVALID_PARAM');
    expectError(await ask(bob, await alice.createRoom(), before), 403, 'M_FORBIDDEN');
  });

  it.each([['limit=-1'], ['limit=x'], ['filter=x'], ['filter=%5B%5D']])('refuses ?%s', async (query) => {
    const path = `/context/${encodeURIComponent(said[0] ?? '')}?${query}`;
    expectError(await alice.call('GET', roomPath(roomId, path)), 400, 'M_INVALID_PARAM');
  });
});

describe('GET /initialSync', () => {
  it('has the room as it is, with its latest messages in their order', async () => {
    const path = `/_matrix/client/v3/user/${encodeURIComponent(alice.userId)}/rooms/${encodeURIComponent(roomId)}`;
    await alice.ask('PUT', `${path}/account_data/org.example.note`, { note: 1 });
    const snapshot = await alice.ask('GET', roomPath(roomId, '/initialSync?limit=2'));
    const messages = snapshot['messages'] as { start: string; end: string; chunk: readonly Event[] };
    expect([snapshot['membership'], idsOf(messages.chunk)]).toEqual(['join', said.slice(3)]);
    expect((snapshot['state'] as readonly Event[]).map(({ type }) => type)).toContain('m.room.create');
    expect(snapshot['visibility']).toBe('private');
    expect(snapshot['account_data']).toEqual([{ type: 'org.example.note', content: { note: 1 } }]);
    expect(await page({ dir: 'b', from: messages.start, limit: '1' })).toEqual([said[2]]);
    expect(await page({ dir: 'f', from: messages.end })).toEqual([]);
  });

  it('lets anyone look into a world-readable room, guests too, and nobody into others', async () => {
    const open = await alice.createRoom({
      initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: 'world_readable' } }],
    });
    const seen = await alice.send(open, 'seen by all');
    const http = await specified();
    const guest = await http.call('POST', '/_matrix/client/v3/register?kind=guest', { body: {} });
    const accessToken = String(guest.body['access_token']);
    for (const rest of ['/initialSync', '/messages?dir=b', `/context/${encodeURIComponent(seen)}`, '/members']) {
      expect((await http.call('GET', roomPath(open, rest), { accessToken })).status).toBe(200);
    }
    const snapshot = await bob.ask('GET', roomPath(open, '/initialSync?limit=1'));
    expect(idsOf((snapshot['messages'] as { chunk: readonly Event[] }).chunk)).toEqual([seen]);
    expect(snapshot).not.toHaveProperty('membership');
    expectError(await bob.call('GET', roomPath(await alice.createRoom(), '/initialSync')), 403, 'M_FORBIDDEN');
  });
});

function eventAtPath(query: string, room = roomId): string {
  return `/_matrix/client/v1/rooms/${encodeURIComponent(room)}/timestamp_to_event?${query}`;
}

async function timeOf(eventId: string): Promise<number> {
  return (await contextOf(eventId, { limit: '0' })).event.origin_server_ts;
}

async function eventAt(ts: number, dir: string): Promise<Json> {
  return alice.ask('GET', eventAtPath(`ts=${ts}&dir=${dir}`));
}

describe('GET /timestamp_to_event', () => {
  it('finds the nearest event in either direction', async () => {
    const [first, last] = [await timeOf(said[0] ?? ''), await timeOf(said[4] ?? '')];
    for (const [ts, dir] of [
      [first, 'f'],
      [first, 'b'],
      [last, 'b'],
    ] as const) {
      expect(await eventAt(ts, dir)).toMatchObject({ origin_server_ts: ts });
    }
    expect(await eventAt(last + 100_000, 'b')).toMatchObject({ origin_server_ts: last });
    const oldest = (await eventAt(0, 'f'))['event_id'];
    expect((await contextOf(String(oldest), { limit: '0' })).event.type).toBe('m.room.create');
  });

  it('finds nothing beyond either end', async () => {
    const last = await timeOf(said[4] ?? '');
    expectError(await alice.call('GET', eventAtPath(`ts=${last + 100_000}&dir=f`)), 404, 'M_NOT_FOUND');
    expectError(await alice.call('GET', eventAtPath('ts=0&dir=b')), 404, 'M_NOT_FOUND');
  });

  it.each([
    ['dir=f', 'M_MISSING_PARAM'],
    ['ts=5', 'M_MISSING_PARAM'],
    ['ts=soon&dir=f', 'M_INVALID_PARAM'],
    ['ts=5&dir=x', 'M_INVALID_PARAM'],
  ])('refuses ?%s', async (query, errcode) => {
    expectError(await alice.call('GET', eventAtPath(query)), 400, errcode);
  });

  it('is for members', async () => {
    const secret = await alice.createRoom();
    expectError(await bob.call('GET', eventAtPath('ts=5&dir=f', secret)), 403, 'M_FORBIDDEN');
  });
});
