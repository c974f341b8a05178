import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '@plexus/matrix-base';
import { eventsOf, federationPath, Visitor } from '@plexus/testing';
import type { RemoteRoom } from '@plexus/testing';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let alice: MatrixClient;
let remote: Visitor;
let stranger: Visitor;

beforeAll(async () => {
  http = await specified();
  alice = await http.register(uniqueName('alice'));
  [remote, stranger] = [await Visitor.open(http), await Visitor.open(http)];
});
afterAll(() => Promise.all([remote.stop(), stranger.stop()]));

async function enter(options: JsonObject = {}): Promise<RemoteRoom> {
  const roomId = await alice.createRoom({ preset: 'public_chat', ...options });
  return remote.join(roomId, remote.user(uniqueName('bob')));
}

async function say(roomId: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await alice.send(roomId, `message ${index}`));
  return ids;
}

/** What a room's endpoint answers, in order. */
async function idsIn(room: RemoteRoom, path: string, member: string, body?: JsonObject): Promise<string[]> {
  const answer = await remote.ask(body === undefined ? 'GET' : 'POST', path, body);
  return eventsOf(answer[member], room.rules).map(({ eventId }) => eventId);
}

describe('GET /event/{eventId}', () => {
  it('gives an event as it is stored', async () => {
    const room = await enter();
    const [eventId = ''] = await say(room.roomId, 1);
    const answer = await remote.ask('GET', federationPath('v1/event', eventId));
    expect(answer).toMatchObject({ origin: 'localhost', pdus: [{ content: { body: 'message 0' } }] });
    expect(await idsIn(room, federationPath('v1/event', eventId), 'pdus')).toEqual([eventId]);
  });

  it('gives what a redaction left of it', async () => {
    const room = await enter();
    const [eventId = ''] = await say(room.roomId, 1);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room.roomId)}/redact/${encodeURIComponent(eventId)}/t`;
    await alice.ask('PUT', path, {});
    expect(await remote.ask('GET', federationPath('v1/event', eventId))).toMatchObject({ pdus: [{ content: {} }] });
  });

  it('gives an event that the server may not see without its content', async () => {
    const visibility = { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'joined' } };
    const roomId = await alice.createRoom({ preset: 'public_chat', initial_state: [visibility] });
    const [hidden = ''] = await say(roomId, 1);
    const room = await remote.join(roomId, remote.user(uniqueName('bob')));
    const [shown = ''] = await say(roomId, 1);
    const contentOf = async (eventId: string): Promise<unknown> => {
      const answer = await remote.ask('GET', federationPath('v1/event', eventId));
      return eventsOf(answer['pdus'], room.rules)[0]?.content;
    };
    expect(await contentOf(hidden)).toEqual({});
    expect(await contentOf(shown)).toMatchObject({ body: 'message 0' });
    const query = `?v=${encodeURIComponent(shown)}&limit=20`;
    expect(await idsIn(room, federationPath('v1/backfill', roomId) + query, 'pdus')).toContain(hidden);
  });

  it('is for servers in the room', async () => {
    const room = await enter();
    const [eventId = ''] = await say(room.roomId, 1);
    expectError(await stranger.call('GET', federationPath('v1/event', eventId)), 403, 'M_FORBIDDEN');
    for (const unknown of ['$nonsense', `$${'a'.repeat(43)}`])
      expectError(await remote.call('GET', federationPath('v1/event', unknown)), 404, 'M_NOT_FOUND');
  });
});

describe('GET /state and /state_ids', () => {
  it('give the state before an event, and what authorizes it', async () => {
    const room = await enter();
    const nameId = await alice.setState(room.roomId, 'm.room.name', { name: 'after' });
    const query = `?event_id=${encodeURIComponent(nameId)}`;
    const answer = await remote.ask('GET', federationPath('v1/state', room.roomId) + query);
    const state = eventsOf(answer['pdus'], room.rules);
    const keys = state.map(({ type, stateKey }) => `${type} ${stateKey}`);
    expect(keys).toContain(`m.room.member ${room.userId}`);
    expect(keys).not.toContain('m.room.name ');
    const chain = eventsOf(answer['auth_chain'], room.rules);
    expect(chain.map(({ type }) => type)).toContain('m.room.create');
    const ids = await remote.ask('GET', federationPath('v1/state_ids', room.roomId) + query);
    expect(ids['pdu_ids']).toEqual(state.map(({ eventId }) => eventId));
    expect(ids['auth_chain_ids']).toEqual(chain.map(({ eventId }) => eventId));
    const cited = new Set(chain.flatMap(({ authEvents }) => authEvents));
    expect([...cited].filter((id) => !chain.some(({ eventId }) => eventId === id))).toEqual([]);
  });

  it.each(['state', 'state_ids'])('GET /%s wants an event of the room', async (name) => {
    const [room, other] = [await enter(), await enter()];
    const path = federationPath(`v1/${name}`, room.roomId);
    expectError(await remote.call('GET', path), 400, 'M_MISSING_PARAM');
    const unknown = encodeURIComponent(other.last.eventId);
    expectError(await remote.call('GET', `${path}?event_id=${unknown}`), 404, 'M_NOT_FOUND');
    const own = encodeURIComponent(room.last.eventId);
    expectError(await stranger.call('GET', `${path}?event_id=${own}`), 403, 'M_FORBIDDEN');
    const nowhere = federationPath(`v1/${name}`, '!nowhere:localhost');
    expectError(await remote.call('GET', `${nowhere}?event_id=${own}`), 404, 'M_NOT_FOUND');
  });
});

it('GET /event_auth gives what authorizes an event', async () => {
  const room = await enter();
  const [eventId = ''] = await say(room.roomId, 1);
  const types = eventsOf(
    (await remote.ask('GET', federationPath('v1/event_auth', room.roomId, eventId)))['auth_chain'],
    room.rules,
  ).map(({ type }) => type);
  expect(new Set(types)).toEqual(new Set(['m.room.create', 'm.room.power_levels', 'm.room.member']));
});

describe('GET /backfill', () => {
  it('gives events and what lies before them, newest first, and 100 at most', async () => {
    const room = await enter();
    const ids = await say(room.roomId, 12);
    const path = federationPath('v1/backfill', room.roomId);
    const from = `?v=${encodeURIComponent(ids[9] ?? '')}`;
    expect(await idsIn(room, `${path}${from}&limit=5`, 'pdus')).toEqual(ids.slice(5, 10).reverse());
    expect((await idsIn(room, `${path}${from}&limit=100000`, 'pdus')).slice(0, 10)).toEqual(ids.slice(0, 10).reverse());
    expectError(await remote.call('GET', `${path}${from}`), 400, 'M_MISSING_PARAM');
    expectError(await remote.call('GET', `${path}?limit=5`), 400, 'M_MISSING_PARAM');
    expectError(await remote.call('GET', `${path}${from}&limit=many`), 400, 'M_INVALID_PARAM');
  });

  it('never leaves the room', async () => {
    const [room, other] = [await enter(), await enter()];
    const query = `?v=${encodeURIComponent(other.last.eventId)}&v=%24none&limit=5`;
    expect(await idsIn(room, federationPath('v1/backfill', room.roomId) + query, 'pdus')).toEqual([]);
  });
});

describe('POST /get_missing_events', () => {
  it('gives what lies between two sets of events, oldest first', async () => {
    const room = await enter();
    const ids = await say(room.roomId, 30);
    const path = federationPath('v1/get_missing_events', room.roomId);
    const [earliest = '', latest = ''] = [ids[2], ids[8]];
    const between = { earliest_events: [earliest], latest_events: [latest], limit: 20 };
    expect(await idsIn(room, path, 'events', between)).toEqual(ids.slice(3, 8));
    expect(await idsIn(room, path, 'events', { ...between, limit: 2 })).toEqual(ids.slice(6, 8));
    const wide = { earliest_events: [], latest_events: [ids[29] ?? ''], limit: 1_000 };
    expect(await idsIn(room, path, 'events', wide)).toEqual(ids.slice(9, 29));
  });

  it('never leaves the room, and takes any nonsense for no event', async () => {
    const [room, other] = [await enter(), await enter()];
    const path = federationPath('v1/get_missing_events', room.roomId);
    const body = { earliest_events: ['\u0000'], latest_events: [other.last.eventId, '\u0000', ''] };
    expect(await idsIn(room, path, 'events', body)).toEqual([]);
    expectError(await remote.call('POST', path, { latest_events: [] }), 400, 'M_MISSING_PARAM');
    expectError(await remote.call('POST', path, { ...body, latest_events: [1] }), 400, 'M_BAD_JSON');
  });
});

it('GET /timestamp_to_event finds the nearest event of a side', async () => {
  const room = await enter();
  const [eventId] = await say(room.roomId, 1);
  const path = federationPath('v1/timestamp_to_event', room.roomId);
  expect(await remote.ask('GET', `${path}?dir=b&ts=${Date.now() + 1_000}`)).toMatchObject({ event_id: eventId });
  expectError(await remote.call('GET', `${path}?dir=f&ts=${Date.now() + 100_000}`), 404, 'M_NOT_FOUND');
  expectError(await remote.call('GET', `${path}?dir=x&ts=1`), 400, 'M_INVALID_PARAM');
});
