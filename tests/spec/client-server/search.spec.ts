import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

interface Event {
  readonly event_id: string;
  readonly room_id: string;
  readonly sender: string;
  readonly content: Json;
}

interface Group {
  readonly results: readonly string[];
  readonly order: number;
  readonly next_batch?: string;
}

interface Found {
  readonly count: number;
  readonly highlights: readonly string[];
  readonly results: readonly {
    readonly rank: number;
    readonly result: Event;
    readonly context?: {
      readonly start: string;
      readonly end: string;
      readonly events_before: readonly Event[];
      readonly events_after: readonly Event[];
      readonly profile_info?: Readonly<Record<string, Json>>;
    };
  }[];
  readonly groups?: Readonly<Record<'room_id' | 'sender', Readonly<Record<string, Group>>>>;
  readonly state?: Readonly<Record<string, readonly Event[]>>;
  readonly next_batch?: string;
}

const PATH = '/_matrix/client/v3/search';

let alice: MatrixClient;
let bob: MatrixClient;
let roomId: string;
let said: string[];
beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  roomId = await alice.createRoom({ preset: 'public_chat', name: 'Cheshire garden', topic: 'About caterpillars' });
  await bob.join(roomId);
  said = [];
  for (const [client, body] of [
    [alice, 'The rabbits are running late'],
    [bob, 'A rabbit with a watch'],
    [alice, 'Something else entirely'],
    [bob, 'rabbit rabbit rabbit'],
  ] as const) {
    said.push(await client.send(roomId, body));
  }
  await settled(alice, 'rabbit', 3);
});

async function search(client: MatrixClient, criteria: Json, nextBatch?: string): Promise<Found> {
  const query = nextBatch === undefined ? '' : `?next_batch=${encodeURIComponent(nextBatch)}`;
  const answer = await client.ask('POST', PATH + query, { search_categories: { room_events: criteria } });
  return (answer['search_categories'] as { room_events: Found }).room_events;
}

/** The index follows the room in the background. */
async function settled(client: MatrixClient, term: string, count: number): Promise<Found> {
  return await vi.waitFor(
    async () => {
      const found = await search(client, { search_term: term });
      expect(found.results).toHaveLength(count);
      return found;
    },
    { timeout: 20_000, interval: 50 },
  );
}

function idsOf({ results }: Found): string[] {
  return results.map(({ result }) => result.event_id);
}

describe('POST /search', () => {
  it('finds words whatever their endings, and says which', async () => {
    const found = await search(alice, { search_term: 'rabbit', order_by: 'recent' });
    expect([idsOf(found), found.count]).toEqual([[said[3], said[1], said[0]], 3]);
    expect(found.highlights).toEqual(['rabbit', 'rabbits']);
    expect(found.results[0]?.result).toMatchObject({ room_id: roomId, sender: bob.userId });
    expect(idsOf(await search(alice, { search_term: 'rabbit watch' }))).toEqual([said[1]]);
    expect(idsOf(await search(alice, { search_term: '"running late"' }))).toEqual([said[0]]);
    expect(idsOf(await search(alice, { search_term: 'rabbit -watch -late' }))).toEqual([said[3]]);
  });

  it('orders by rank unless told otherwise', async () => {
    const { results } = await search(alice, { search_term: 'rabbit' });
    expect(results[0]?.result.event_id).toBe(said[3]);
    const ranks = results.map(({ rank }) => rank);
    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
  });

  it('searches names and topics, and only the keys that are asked for', async () => {
    await settled(alice, 'cheshire', 1);
    expect((await search(alice, { search_term: 'caterpillar' })).results[0]?.result.content['topic']).toBe(
      'About caterpillars',
    );
    expect((await search(alice, { search_term: 'cheshire', keys: ['content.body'] })).results).toEqual([]);
    expect((await search(alice, { search_term: 'cheshire', keys: ['content.name'] })).results).toHaveLength(1);
  });

  it('filters by sender, type and room', async () => {
    const by = (filter: Json) => search(alice, { search_term: 'rabbit', order_by: 'recent', filter });
    expect(idsOf(await by({ senders: [alice.userId] }))).toEqual([said[0]]);
    expect(idsOf(await by({ not_senders: [alice.userId] }))).toEqual([said[3], said[1]]);
    expect(idsOf(await by({ types: ['m.room.name'] }))).toEqual([]);
    expect(idsOf(await by({ rooms: [] }))).toEqual([]);
    expect(idsOf(await by({ not_rooms: [roomId] }))).toEqual([]);
  });

  it.each(['recent', 'rank'])('goes on page by page in the order %s', async (order) => {
    const criteria = { search_term: 'rabbit', order_by: order, filter: { limit: 2 } };
    const all = idsOf(await search(alice, { ...criteria, filter: {} }));
    const first = await search(alice, criteria);
    const second = await search(alice, criteria, first.next_batch);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(all);
    expect(second.next_batch).toBeUndefined();
  });

  it('groups by room and sender, and goes on within a group', async () => {
    const criteria = {
      search_term: 'rabbit',
      order_by: 'recent',
      filter: { limit: 1 },
      groupings: { group_by: [{ key: 'room_id' }, { key: 'sender' }] },
    };
    const { groups } = await search(alice, criteria);
    expect(groups?.room_id[roomId]).toMatchObject({ order: 1, results: [said[3]] });
    const ofBob = groups?.sender[bob.userId];
    expect(ofBob?.results).toEqual([said[3]]);
    const more = await search(alice, criteria, ofBob?.next_batch);
    expect(idsOf(more)).toEqual([said[1]]);
    expect((await search(alice, criteria, more.groups?.sender[bob.userId]?.next_batch)).results).toEqual([]);
  });

  it('adds what happened around, profiles and state', async () => {
    const found = await search(alice, {
      search_term: 'watch',
      event_context: { before_limit: 1, after_limit: 1, include_profile: true },
      include_state: true,
    });
    const context = found.results[0]?.context;
    expect(context?.events_before.map(({ event_id: id }) => id)).toEqual([said[0]]);
    expect(context?.events_after.map(({ event_id: id }) => id)).toEqual([said[2]]);
    expect(Object.keys(context?.profile_info ?? {}).toSorted()).toEqual([alice.userId, bob.userId].toSorted());
    const page = await alice.ask('GET', roomPath(roomId, `/messages?dir=f&limit=1&from=${context?.end}`));
    expect((page['chunk'] as Event[])[0]?.event_id).toBe(said[3]);
    expect(found.state?.[roomId]?.length).toBeGreaterThan(5);
  });

  it('finds nothing that is redacted, nor of rooms that the user is not in or that are encrypted', async () => {
    const room = await alice.createRoom();
    const walrus = await alice.send(room, 'The walrus speaks');
    await settled(alice, 'walrus', 1);
    expect((await search(bob, { search_term: 'walrus' })).results).toEqual([]);
    await alice.ask('PUT', roomPath(room, `/redact/${encodeURIComponent(walrus)}/r`), {});
    expect((await search(alice, { search_term: 'walrus' })).results).toEqual([]);
    await alice.send(room, 'The carpenter weeps');
    await settled(alice, 'carpenter', 1);
    await alice.setState(room, 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' });
    expect((await search(alice, { search_term: 'carpenter' })).results).toEqual([]);
  });

  it('finds what was said until the user left', async () => {
    const room = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(room);
    await alice.send(room, 'The dodo was here');
    await bob.leave(room);
    await alice.send(room, 'The dodo has gone');
    await settled(alice, 'dodo', 2);
    const found = await search(bob, { search_term: 'dodo' });
    expect(found.results.map(({ result }) => result.content['body'])).toEqual(['The dodo was here']);
  });

  it('takes any text as a term', async () => {
    for (const term of ['', ' ', '\0', '"', "'", '\\', '& | ! ( ) <->', 'the', '😀', '-', 'x'.repeat(5_000)]) {
      expect((await search(alice, { search_term: term })).results).toEqual([]);
    }
    expect(await alice.ask('POST', PATH, { search_categories: {} })).toEqual({ search_categories: {} });
  });

  it.each<[string, Json, string]>([
    ['nothing', {}, 'M_MISSING_PARAM'],
    ['no term', { search_categories: { room_events: {} } }, 'M_MISSING_PARAM'],
    ['a strange order', { search_categories: { room_events: { search_term: 'x', order_by: 'y' } } }, 'M_BAD_JSON'],
    ['a strange key', { search_categories: { room_events: { search_term: 'x', keys: ['y'] } } }, 'M_BAD_JSON'],
    ['a strange filter', { search_categories: { room_events: { search_term: 'x', filter: 7 } } }, 'M_BAD_JSON'],
  ])('refuses %s', async (_what, body, errcode) => {
    expectError(await alice.call('POST', PATH, body), 400, errcode);
  });

  it('refuses tokens that it did not give', async () => {
    const body = { search_categories: { room_events: { search_term: 'x' } } };
    for (const token of ['x', '', 'W10', 'WzEsMiwzLDQsNV0']) {
      expectError(await alice.call('POST', `${PATH}?next_batch=${token}`, body), 400, 'M_INVALID_PARAM');
    }
  });
});
