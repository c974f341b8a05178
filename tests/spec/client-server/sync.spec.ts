import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';
import { joinedIn, saidIn, syncWith } from '../support/sync-answer.ts';

const SYNC = '/_matrix/client/v3/sync';

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

describe('an initial sync', () => {
  it('of a new user has no rooms', async () => {
    expect((await syncWith(bob)).rooms).toBeUndefined();
  });

  it('has a room once: each event of it in the state or in the timeline', async () => {
    await alice.send(roomId, 'hello');
    const room = joinedIn(await syncWith(alice), roomId);
    expect(saidIn(room)).toEqual(['hello']);
    const ids = [...(room.state?.events ?? []), ...room.timeline.events].map((event) => event.event_id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(room.summary).toMatchObject({ 'm.joined_member_count': 1, 'm.invited_member_count': 0 });
  });

  it('limits the timeline, and the rest is behind prev_batch', async () => {
    for (let n = 0; n < 15; n += 1) await alice.send(roomId, String(n));
    const room = joinedIn(await syncWith(alice), roomId);
    expect(room.timeline.limited).toBe(true);
    expect(saidIn(room)).toEqual(['5', '6', '7', '8', '9', '10', '11', '12', '13', '14']);
    const query = new URLSearchParams({ dir: 'b', from: room.timeline.prev_batch, limit: '5' });
    const { chunk } = await alice.ask(
      'GET',
      `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?${query}`,
    );
    expect((chunk as { content: { body: string } }[]).map(({ content }) => content.body)).toEqual([
      '4',
      '3',
      '2',
      '1',
      '0',
    ]);
    expect(room.state?.events.map(({ type }) => type)).toContain('m.room.create');
  });
});

describe('an incremental sync', () => {
  it('has what came since, once and in order, and the rooms where nothing came not at all', async () => {
    const other = await alice.createRoom();
    const first = await syncWith(alice);
    await alice.send(roomId, 'one');
    await alice.send(roomId, 'two');
    const second = await syncWith(alice, { since: first.next_batch });
    expect(saidIn(joinedIn(second, roomId))).toEqual(['one', 'two']);
    expect(joinedIn(second, roomId).timeline.limited).toBe(false);
    expect(second.rooms?.join).not.toHaveProperty([other]);
    expect((await syncWith(alice, { since: second.next_batch })).rooms).toBeUndefined();
    expect(saidIn(joinedIn(await syncWith(alice, { since: first.next_batch }), roomId))).toEqual(['one', 'two']);
  });

  it('gives the sender’s device its transaction id back', async () => {
    const other = await http.login(alice.userId);
    const since = (await syncWith(alice)).next_batch;
    await alice.send(roomId, 'x', 'mine');
    const last = async (client: MatrixClient) =>
      joinedIn(await syncWith(client, { since }), roomId).timeline.events.at(-1)?.unsigned ?? {};
    expect(await last(alice)).toMatchObject({ transaction_id: 'mine' });
    expect(await last(other)).not.toHaveProperty('transaction_id');
  });

  it('says where the timeline has a hole, and tells the state of within it', async () => {
    const since = (await syncWith(alice)).next_batch;
    await alice.setState(roomId, 'm.room.topic', { topic: 'missed' });
    for (let n = 0; n < 12; n += 1) await alice.send(roomId, String(n));
    const { timeline, state } = joinedIn(await syncWith(alice, { since }), roomId);
    expect([timeline.limited, timeline.events.length]).toEqual([true, 10]);
    expect(state?.events.map(({ type, content }) => [type, content])).toEqual([['m.room.topic', { topic: 'missed' }]]);
  });

  it('tells the state at its end with use_state_after', async () => {
    const since = (await syncWith(alice)).next_batch;
    await alice.setState(roomId, 'm.room.topic', { topic: 'new' });
    await alice.send(roomId, 'x');
    const { state, state_after: stateAfter } = joinedIn(
      await syncWith(alice, { since, use_state_after: 'true' }),
      roomId,
    );
    expect(state).toBeUndefined();
    expect(stateAfter?.events.map(({ type }) => type)).toEqual(['m.room.topic']);
  });

  it('has all state with full_state, also where nothing happened', async () => {
    const since = (await syncWith(alice)).next_batch;
    const room = joinedIn(await syncWith(alice, { since, full_state: 'true', timeout: '30000' }), roomId);
    expect(room.state?.events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['m.room.create', 'm.room.name', 'm.room.member']),
    );
    expect(room.timeline.events).toEqual([]);
  });
});

describe('a long poll', () => {
  it('ends when something comes', async () => {
    const { next_batch: since } = await syncWith(alice);
    const waiting = syncWith(alice, { since, timeout: '60000' });
    await bobSpeaks();
    const room = joinedIn(await waiting, roomId);
    expect(room.timeline.events.length).toBeGreaterThan(0);
  });

  it('ends empty when its time is over', async () => {
    const { next_batch: since } = await syncWith(alice);
    const answer = await syncWith(alice, { since, timeout: '50' });
    expect(answer.rooms).toBeUndefined();
    expect(answer.next_batch).toMatch(/./);
  });

  it('does not wait without since', async () => {
    expect((await syncWith(bob, { timeout: '60000' })).rooms).toBeUndefined();
  });
});

async function bobSpeaks(): Promise<void> {
  await alice.invite(roomId, bob.userId);
  await bob.join(roomId);
  await bob.send(roomId, 'hello');
}

describe('memberships in /sync', () => {
  it('an invite comes with its stripped state, and goes with the join', async () => {
    const { next_batch: since } = await syncWith(bob);
    await alice.invite(roomId, bob.userId);
    const invited = await syncWith(bob, { since });
    const stripped = invited.rooms?.invite?.[roomId]?.invite_state.events ?? [];
    expect(stripped.map(({ type, state_key: key }) => [type, key])).toEqual(
      expect.arrayContaining([
        ['m.room.create', ''],
        ['m.room.name', ''],
        ['m.room.join_rules', ''],
        ['m.room.member', bob.userId],
      ]),
    );
    expect(stripped.every((event) => !('event_id' in event))).toBe(true);
    await bob.join(roomId);
    const joined = await syncWith(bob, { since: invited.next_batch });
    expect(joined.rooms?.invite).toBeUndefined();
    const { state, timeline } = joinedIn(joined, roomId);
    const told = [...(state?.events ?? []), ...timeline.events].map(({ type }) => type);
    expect(told).toEqual(expect.arrayContaining(['m.room.create', 'm.room.power_levels', 'm.room.name']));
  });

  it('a room that one left or was banned from comes once more, and then no more', async () => {
    await alice.invite(roomId, bob.userId);
    await bob.join(roomId);
    const { next_batch: since } = await syncWith(bob);
    await alice.send(roomId, 'still there');
    await alice.ask('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/ban`, { user_id: bob.userId });
    await alice.send(roomId, 'gone');
    const left = await syncWith(bob, { since });
    const room = left.rooms?.leave?.[roomId];
    expect(room && saidIn(room)).toEqual(['still there']);
    expect(room?.timeline.events.at(-1)).toMatchObject({ content: { membership: 'ban' }, state_key: bob.userId });
    expect((await syncWith(bob, { since: left.next_batch })).rooms).toBeUndefined();
    expect((await syncWith(bob)).rooms).toBeUndefined();
    const filter = JSON.stringify({ room: { include_leave: true } });
    expect((await syncWith(bob, { filter })).rooms?.leave).toHaveProperty([roomId]);
  });

  it('a rejected invite goes', async () => {
    await alice.invite(roomId, bob.userId);
    const { next_batch: since } = await syncWith(bob);
    await bob.leave(roomId);
    const { rooms } = await syncWith(bob, { since });
    expect(rooms?.leave).toHaveProperty([roomId]);
    expect(rooms?.invite).toBeUndefined();
  });
});

describe('GET /sync', () => {
  it.each([
    'since=nonsense',
    'since=s',
    'since=sAAAA',
    'since=t1_1',
    'timeout=soon',
    'timeout=-1',
    'timeout=1&timeout=2',
    'full_state=perhaps',
    'use_state_after=1',
    'set_presence=asleep',
    'filter=nonsense',
    'filter=999999',
    'filter=%7B',
    'filter=%7B%22room%22%3A7%7D',
    'filter=%7B%22room%22%3A%7B%22timeline%22%3A%7B%22limit%22%3A-1%7D%7D%7D',
  ])('refuses ?%s', async (query) => {
    expectError(await alice.call('GET', `${SYNC}?${query}`), 400, 'M_INVALID_PARAM');
  });

  it.each(['', 'since=', 'timeout=0', 'set_presence=offline', 'unknown=x&unknown=y'])('takes ?%s', async (query) => {
    expect((await alice.call('GET', `${SYNC}?${query}`)).status).toBe(200);
  });
});
