import { beforeEach, describe, expect, it } from 'vitest';
import { RoomScript, stateOf, SyncHarness, textsOf } from '../../test-support/sync-harness.ts';
import type { RoomBody, SyncBody } from '../../test-support/sync-harness.ts';

const [alice, bob, carol] = ['@alice:a.example', '@bob:b.example', '@carol:a.example'] as const;

let harness: SyncHarness;
let room: RoomScript;

beforeEach(async () => {
  harness = await SyncHarness.started();
  room = new RoomScript(harness, '!room:a.example');
});

async function syncedAlice(): Promise<string> {
  room.create(alice);
  return (await harness.sync(alice)).next_batch;
}

const joined = (body: SyncBody, roomId = room.roomId) => body.rooms?.join?.[roomId];
const left = (body: SyncBody) => body.rooms?.leave?.[room.roomId];
const stateAfterOf = (body: RoomBody | undefined) => (body?.state === undefined ? stateOf(body) : undefined);

describe('incremental sync', () => {
  it('tells what came since, and then nothing', async () => {
    const since = await syncedAlice();
    room.say(alice, 'one');
    room.say(alice, 'two');
    const body = await harness.sync(alice, { since });
    expect(textsOf(joined(body))).toEqual(['one', 'two']);
    expect(joined(body)?.state?.events).toEqual([]);
    expect(joined(body)?.summary).toBeUndefined();
    expect((await harness.sync(alice, { since: body.next_batch })).rooms).toBeUndefined();
  });

  it('names heroes when the room loses its name', async () => {
    room.create(alice);
    room.state('m.room.name', { name: 'Tea' });
    room.member(bob, 'join');
    const { next_batch: since } = await harness.sync(alice);
    room.state('m.room.name', { name: '' });
    expect(joined(await harness.sync(alice, { since }))?.summary?.['m.heroes']).toEqual([bob]);
  });

  it('asks Postgres nothing for a message in a room whose session is here', async () => {
    const since = await syncedAlice();
    const before = harness.rooms.totalCalls();
    room.say(alice, 'one');
    await harness.sync(alice, { since });
    expect(harness.rooms.totalCalls()).toBe(before);
  });

  it('asks Postgres nothing for a message with lazily loaded members who were sent', async () => {
    room.create(alice);
    room.member(bob, 'join');
    const filter = { room: { state: { lazy_load_members: true } } };
    const { next_batch: first } = await harness.sync(alice, { filter });
    room.say(bob, 'one');
    const second = await harness.sync(alice, { filter, since: first });
    const before = harness.rooms.totalCalls();
    room.say(bob, 'two');
    const third = await harness.sync(alice, { filter, since: second.next_batch });
    expect(stateOf(joined(third))).toEqual([]);
    expect(harness.rooms.totalCalls()).toBe(before);
  });

  it('gives the state changes that a gap hides', async () => {
    const since = await syncedAlice();
    room.state('m.room.name', { name: 'New' });
    room.member(bob, 'join');
    for (let index = 0; index < 3; index += 1) room.say(alice, `m${index}`);
    room.state('m.room.topic', { topic: 'in the timeline' });
    const filter = { room: { timeline: { limit: 2 } } };
    const body = joined(await harness.sync(alice, { since, filter }));
    expect(textsOf(body)).toEqual(['m2', 'topic']);
    expect(body?.timeline.limited).toBe(true);
    expect(stateOf(body)).toEqual(['@bob:b.example join', 'name']);
    expect(body?.summary?.['m.joined_member_count']).toBe(2);
  });

  it('gives the state at the end with use_state_after', async () => {
    const since = await syncedAlice();
    room.state('m.room.name', { name: 'New' });
    room.say(alice, 'one');
    const body = joined(await harness.sync(alice, { since, useStateAfter: true }));
    expect(body?.state).toBeUndefined();
    expect(stateOf(body)).toEqual(['name']);
    expect(textsOf(body)).toEqual(['name', 'one']);
  });

  it('tells a change of state that no event of the timeline brought', async () => {
    const since = await syncedAlice();
    const old = room.state('m.room.topic', { topic: 'old' });
    room.state('m.room.topic', { topic: 'new' });
    const between = (await harness.sync(alice, { since })).next_batch;
    const correction = harness.rooms.correctState(room.roomId, [
      { type: 'm.room.topic', stateKey: '', eventNid: old.event?.eventNid },
    ]);
    harness.arrive(correction);
    await harness.parts.follower.reached(await harness.rooms.readPositions(), new AbortController().signal);
    const body = joined(await harness.sync(alice, { since: between }));
    expect(body?.state?.events.map(({ content }) => content)).toEqual([{ topic: 'old' }]);
    expect(body?.timeline.events).toEqual([]);
  });

  it('tells what the timeline filter left out as state', async () => {
    const since = await syncedAlice();
    room.state('m.room.name', { name: 'New' });
    room.say(alice, 'one');
    room.state('m.room.topic', { topic: 'new' });
    const filter = { room: { timeline: { types: ['m.room.message'] } } };
    const body = joined(await harness.sync(alice, { since, filter }));
    expect(textsOf(body)).toEqual(['one']);
    expect(stateOf(body)).toEqual(['name', 'topic']);
  });

  it('gives everything of a room that the user has joined since', async () => {
    room.create(alice);
    room.say(alice, 'before');
    const { next_batch: since } = await harness.sync(carol);
    room.member(carol, 'join');
    const body = joined(await harness.sync(carol, { since }));
    expect(textsOf(body)).toEqual([
      'create',
      '@alice:a.example join',
      'power_levels',
      'before',
      '@carol:a.example join',
    ]);
    expect(body?.timeline.limited).toBe(true);
    expect(body?.timeline.events.map(({ unsigned }) => unsigned?.['membership'])).toEqual([
      ...Array<string>(4).fill('leave'),
      'join',
    ]);
  });

  it('shows nothing from before the join where the history is for members only', async () => {
    room.create(alice);
    room.state('m.room.history_visibility', { history_visibility: 'joined' });
    room.say(alice, 'hidden');
    const { next_batch: since } = await harness.sync(carol);
    room.member(carol, 'join');
    room.say(alice, 'shown');
    const body = joined(await harness.sync(carol, { since }));
    expect(textsOf(body)?.slice(-3)).toEqual(['history_visibility', '@carol:a.example join', 'shown']);
    expect(textsOf(body)).not.toContain('hidden');
    const one = joined(await harness.sync(carol, { since, filter: { room: { timeline: { limit: 2 } } } }));
    expect(textsOf(one)).toEqual(['@carol:a.example join', 'shown']);
    expect(stateOf(one)).toEqual(['@alice:a.example join', 'create', 'history_visibility', 'power_levels']);
  });

  it('keeps a profile change apart from a join', async () => {
    const since = await syncedAlice();
    room.say(alice, 'one');
    room.member(alice, 'join', { content: { displayname: 'Alice' } });
    const body = joined(await harness.sync(alice, { since }));
    expect(textsOf(body)).toEqual(['one', '@alice:a.example join']);
    expect(body?.timeline.limited).toBe(false);
    expect(body?.timeline.events[1]?.unsigned?.['prev_content']).toEqual({ membership: 'join' });
  });

  it('tells a leave with what came before it, and nothing after', async () => {
    const since = await syncedAlice();
    room.say(alice, 'before');
    room.member(alice, 'leave');
    room.say(bob, 'after');
    const body = await harness.sync(alice, { since });
    expect(textsOf(left(body))).toEqual(['before', '@alice:a.example leave']);
    expect(joined(body)).toBeUndefined();
    room.say(bob, 'later');
    expect((await harness.sync(alice, { since: body.next_batch })).rooms).toBeUndefined();
  });

  it('tells a kick and a ban', async () => {
    room.create(alice);
    room.member(carol, 'join');
    const { next_batch: since } = await harness.sync(carol);
    room.member(carol, 'leave', { sender: alice });
    room.state('m.room.topic', { topic: 'not for carol' });
    room.member(carol, 'ban', { sender: alice });
    const body = left(await harness.sync(carol, { since }));
    expect(textsOf(body)).toEqual(['@carol:a.example leave', '@carol:a.example ban']);
    expect(stateOf(body)).toEqual([]);
    expect(stateAfterOf(left(await harness.sync(carol, { since, useStateAfter: true })))).toEqual([
      '@carol:a.example ban',
    ]);
  });

  it('tells a rejoin between two syncs without what was hidden', async () => {
    const since = await syncedAlice();
    room.member(bob, 'join');
    room.state('m.room.history_visibility', { history_visibility: 'joined' });
    room.member(alice, 'leave');
    room.say(bob, 'hidden');
    room.state('m.room.topic', { topic: 'changed meanwhile' }, { sender: bob });
    room.member(alice, 'join');
    room.say(bob, 'shown');
    const body = joined(await harness.sync(alice, { since }));
    expect(textsOf(body)).toEqual([
      '@bob:b.example join',
      'history_visibility',
      '@alice:a.example leave',
      '@alice:a.example join',
      'shown',
    ]);
    expect(stateOf(body)).toEqual(['topic']);
  });

  it('tells an invite, its rejection, and no state with that', async () => {
    room.create(alice);
    const { next_batch: start } = await harness.sync(carol);
    room.member(carol, 'invite', { sender: alice });
    const invited = await harness.sync(carol, { since: start });
    expect(Object.keys(invited.rooms?.invite ?? {})).toEqual([room.roomId]);
    room.say(alice, 'secret');
    room.member(carol, 'leave');
    const rejected = await harness.sync(carol, { since: invited.next_batch });
    expect(textsOf(left(rejected))).toEqual(['@carol:a.example leave']);
    expect(stateOf(left(rejected))).toEqual([]);
    const after = await harness.sync(carol, { since: invited.next_batch, useStateAfter: true });
    expect(stateAfterOf(left(after))).toEqual(['@carol:a.example leave']);
  });

  it('tells a room anew that was gone and came back under another number, with a way into its history', async () => {
    const since = await syncedAlice();
    room.say(alice, 'said');
    room.member(alice, 'leave');
    const gone = await harness.sync(alice, { since });
    expect(textsOf(left(gone))).toEqual(['said', `${alice} leave`]);
    room.member(alice, 'join');
    room.say(alice, 'as it was');
    harness.arrive(harness.rooms.bringBack(room.roomId));
    const { next_batch: back, ...told } = await harness.sync(alice, { since: gone.next_batch });
    const body = joined({ next_batch: back, ...told });
    expect(stateOf(body)).toEqual([`${alice} join`, 'create', 'power_levels']);
    expect(body?.timeline).toMatchObject({ events: [], limited: true, prev_batch: expect.stringMatching(/^t/) });
    expect(joined(await harness.sync(alice))?.timeline.prev_batch).toBe(body?.timeline.prev_batch);
    room.say(alice, 'again');
    const { next_batch: later } = await harness.sync(alice);
    expect(textsOf(joined(await harness.sync(alice, { since: back })))).toEqual(['again']);
    expect((await harness.sync(alice, { since: later })).rooms).toBeUndefined();
  });

  it('repeats the whole state on full_state', async () => {
    const since = await syncedAlice();
    const body = joined(await harness.sync(alice, { since, fullState: true, timeout: 30_000 }));
    expect(stateOf(body)).toEqual(['@alice:a.example join', 'create', 'power_levels']);
    expect(textsOf(body)).toEqual([]);
  });

  it('loads members lazily: senders, oneself, and again after a response was lost', async () => {
    room.create(alice);
    room.member(bob, 'join');
    room.member('@eve:b.example', 'join');
    room.say(alice, 'one');
    const filter = { room: { state: { lazy_load_members: true }, timeline: { limit: 1 } } };
    room.state('m.room.name', { name: 'no heroes' });
    const first = await harness.sync(carol);
    room.member(carol, 'join');
    room.say(alice, 'two');
    const initial = await harness.sync(carol, { since: first.next_batch, filter });
    expect(stateOf(joined(initial))).toEqual([
      '@alice:a.example join',
      '@carol:a.example join',
      'create',
      'name',
      'power_levels',
    ]);
    room.say(bob, 'three');
    const second = await harness.sync(carol, { since: initial.next_batch, filter });
    expect(stateOf(joined(second))).toEqual(['@bob:b.example join']);
    expect(stateOf(joined(await harness.sync(carol, { since: initial.next_batch, filter })))).toEqual([
      '@bob:b.example join',
    ]);
    const again = await harness.sync(carol, { since: initial.next_batch, filter });
    room.say(bob, 'four');
    expect(stateOf(joined(await harness.sync(carol, { since: again.next_batch, filter })))).toEqual([]);
    const redundant = { room: { state: { lazy_load_members: true, include_redundant_members: true } } };
    expect(stateOf(joined(await harness.sync(carol, { since: again.next_batch, filter: redundant })))).toEqual([
      '@bob:b.example join',
    ]);
  });
});
