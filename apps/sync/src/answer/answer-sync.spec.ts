import { decodeSyncToken, encodeSyncToken } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { FakeRooms } from '@plexus/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomScript, stateOf, SyncHarness, textsOf } from '../../test-support/sync-harness.ts';
import type { SyncBody } from '../../test-support/sync-harness.ts';
import { RequestEnd } from '../sessions/request-end.ts';

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
const topicOf = (body: SyncBody) => joined(body)?.state?.events.find(({ type }) => type === 'm.room.topic')?.content;
const left = (body: SyncBody) => body.rooms?.leave?.[room.roomId];

describe('initial sync', () => {
  it('gives the newest events, and the state at their start', async () => {
    room.create(alice);
    room.state('m.room.name', { name: 'Room' });
    for (let index = 0; index < 12; index += 1) room.say(alice, `m${index}`);
    const body = joined(await harness.sync(alice));
    expect(textsOf(body)).toEqual(Array.from({ length: 10 }, (_, index) => `m${index + 2}`));
    expect(body?.timeline.limited).toBe(true);
    expect(body?.timeline.prev_batch).toMatch(/^t/);
    expect(stateOf(body)).toEqual(['@alice:a.example join', 'create', 'name', 'power_levels']);
    expect(body?.summary).toEqual({ 'm.joined_member_count': 1, 'm.invited_member_count': 0 });
  });

  it('does not repeat in the state what the timeline has', async () => {
    room.create(alice);
    const body = joined(await harness.sync(alice));
    expect(textsOf(body)).toEqual(['create', '@alice:a.example join', 'power_levels']);
    expect(stateOf(body)).toEqual([]);
    expect(body?.timeline.limited).toBe(false);
  });

  it('gives the same from Postgres as from the tail', async () => {
    room.create(alice);
    for (let index = 0; index < 60; index += 1) room.say(alice, `m${index}`);
    const fresh = await SyncHarness.started({ rooms: harness.rooms });
    const filter = { room: { timeline: { limit: 55 } } };
    const [fromTail, fromPostgres] = [await harness.sync(alice, { filter }), await fresh.sync(alice, { filter })];
    expect(fromPostgres.rooms).toEqual(fromTail.rooms);
  });

  it('names heroes where the room has no name', async () => {
    room.create(alice);
    room.member(bob, 'join');
    room.state('m.room.member', { membership: 'invite' }, { sender: alice, stateKey: carol });
    const body = joined(await harness.sync(alice));
    expect(body?.summary?.['m.heroes']).toEqual([bob, carol]);
  });

  it('tells invites and knocks with stripped state, and nothing else of the room', async () => {
    room.create(alice);
    room.state('m.room.name', { name: 'Room' });
    room.say(alice, 'secret');
    room.member(carol, 'invite', { sender: alice });
    const invite = (await harness.sync(carol)).rooms;
    expect(Object.keys(invite ?? {})).toEqual(['invite']);
    const events = invite?.invite?.[room.roomId]?.invite_state?.events ?? [];
    expect(events.map(({ type }) => type)).toEqual(['m.room.create', 'm.room.name', 'm.room.member', 'm.room.member']);
    expect(events.find(({ state_key }) => state_key === carol)?.content).toEqual({ membership: 'invite' });
    expect(Object.keys(events[0] ?? {}).toSorted()).toEqual(['content', 'sender', 'state_key', 'type']);
    room.member('@dan:a.example', 'knock');
    const knock = await harness.sync('@dan:a.example');
    expect(knock.rooms?.knock?.[room.roomId]?.knock_state?.events.length).toBeGreaterThan(2);
  });

  it('leaves out rooms that the user left, unless the filter includes them and they are not forgotten', async () => {
    room.create(alice);
    room.member(carol, 'join');
    room.say(alice, 'seen');
    const row = room.member(carol, 'leave');
    room.say(alice, 'after');
    expect((await harness.sync(carol)).rooms).toBeUndefined();
    const filter = { room: { include_leave: true } };
    const body = left(await harness.sync(carol, { filter }));
    expect(textsOf(body)?.slice(-2)).toEqual(['seen', '@carol:a.example leave']);
    harness.forgotten.set(room.roomId, row.position);
    expect((await harness.sync(carol, { filter })).rooms).toBeUndefined();
  });

  it('does nothing for a client that has gone before its turn', async () => {
    room.create(alice);
    const hold = Promise.withResolvers<void>();
    harness.rooms.beforeAnswer = () => hold.promise;
    const syncs = ['A', 'B'].map((deviceId) => harness.sync(alice, { deviceId }));
    const end = new RequestEnd();
    const other = harness.sync(carol, { end });
    await vi.waitFor(() => expect(harness.parts.initialSyncs.size).toEqual({ admitted: 2, waiting: 1 }));
    end.reach('replaced');
    expect(harness.parts.initialSyncs.size.waiting).toBe(1);
    end.reach('gone');
    expect(await other).toEqual({});
    expect([harness.lastKind, harness.parts.initialSyncs.size.waiting]).toEqual(['gone', 0]);
    harness.rooms.beforeAnswer = undefined;
    hold.resolve();
    await Promise.all(syncs);
  });

  it('runs so many at once, and the others in a fair order', async () => {
    room.create(alice);
    const hold = Promise.withResolvers<void>();
    harness.rooms.beforeAnswer = () => hold.promise;
    const syncs = ['A', 'B', 'C'].map((deviceId) => harness.sync(alice, { deviceId }));
    const other = harness.sync(carol);
    await vi.waitFor(() => expect(harness.parts.initialSyncs.size).toEqual({ admitted: 2, waiting: 2 }));
    harness.rooms.beforeAnswer = undefined;
    hold.resolve();
    await Promise.all([...syncs, other]);
    expect(harness.parts.initialSyncs.size).toEqual({ admitted: 0, waiting: 0 });
  });
});

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

  it('answers a lost response again', async () => {
    const since = await syncedAlice();
    room.say(alice, 'one');
    const first = await harness.sync(alice, { since });
    expect(await harness.sync(alice, { since })).toEqual(first);
    room.say(alice, 'two');
    expect(textsOf(joined(await harness.sync(alice, { since })))).toEqual(['one', 'two']);
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

describe('what an event looks like', () => {
  it('names the transaction to the sending device only', async () => {
    const since = await syncedAlice();
    room.say(alice, 'one', { transactionId: 'txn', senderDeviceId: 'PHONE' });
    const unsignedFor = async (deviceId: string) =>
      joined(await harness.sync(alice, { since, deviceId }))?.timeline.events[0]?.unsigned;
    expect(await unsignedFor('PHONE')).toMatchObject({ transaction_id: 'txn', membership: 'join' });
    expect(await unsignedFor('OTHER')).not.toHaveProperty('transaction_id');
    harness.clock.time = 5000;
    expect((await unsignedFor('OTHER'))?.['age']).toBe(5000 - 1004);
  });

  it('is redacted as soon as its redaction is in the log', async () => {
    const since = await syncedAlice();
    const said = room.say(alice, 'secret');
    await harness.sync(alice, { since });
    room.redact(alice, said);
    const events = joined(await harness.sync(alice, { since }))?.timeline.events ?? [];
    expect(events[0]?.content).toEqual({});
    expect(events[0]?.unsigned?.['redacted_because']).toMatchObject({ type: 'm.room.redaction', sender: alice });
    expect(events[1]?.type).toBe('m.room.redaction');
  });

  it('of room state is redacted too, even after it was served', async () => {
    room.create(alice);
    const topic = room.state('m.room.topic', { topic: 'secret' });
    for (let index = 0; index < 12; index += 1) room.say(alice, `m${index}`);
    const fresh = await SyncHarness.started({ rooms: harness.rooms });
    expect(topicOf(await fresh.sync(alice))).toEqual({ topic: 'secret' });
    fresh.arrive(room.redact(alice, topic));
    expect(topicOf(await fresh.sync(alice))).toEqual({});
  });

  it('leaves out a redaction without effect', async () => {
    room.create(alice);
    room.member(bob, 'join');
    const { next_batch: since } = await harness.sync(alice);
    const said = room.say(alice, 'stays');
    room.redact(bob, said);
    expect(textsOf(joined(await harness.sync(alice, { since })))).toEqual(['stays']);
  });

  it('names the state that it replaced', async () => {
    const since = await syncedAlice();
    const first = room.state('m.room.topic', { topic: 'one' });
    room.state('m.room.topic', { topic: 'two' });
    const events = joined(await harness.sync(alice, { since }))?.timeline.events;
    expect(events?.[1]?.unsigned).toMatchObject({
      prev_content: { topic: 'one' },
      replaces_state: first.event?.eventId,
    });
  });

  it('follows event_fields and event_format', async () => {
    const since = await syncedAlice();
    room.say(alice, 'one');
    const picked = await harness.sync(alice, { since, filter: { event_fields: ['content.body', 'type'] } });
    expect(joined(picked)?.timeline.events).toEqual([{ content: { body: 'one' }, type: 'm.room.message' }]);
    const raw = await harness.sync(alice, { since, filter: { event_format: 'federation' } });
    expect(joined(raw)?.timeline.events[0]).toHaveProperty('hashes');
  });
});

describe('filters', () => {
  it.each([
    [{ room: { rooms: [] } }, undefined],
    [{ room: { not_rooms: ['!room:a.example'] } }, undefined],
    [{ room: { timeline: { not_senders: [bob] } } }, ['one', 'topic']],
    [{ room: { timeline: { types: ['m.room.mess*'] } } }, ['one', 'two']],
    [{ room: { timeline: { not_types: ['*topic'], senders: [alice] } } }, ['one']],
    [{ room: { timeline: { contains_url: true } } }, ['two']],
    [{ room: { timeline: { limit: 1 } } }, ['two']],
    [{ room: { timeline: { rooms: ['!other:a.example'] } } }, []],
  ])('%j', async (filter, expected) => {
    const since = await syncedAlice();
    room.say(alice, 'one');
    room.state('m.room.topic', { topic: 'x' });
    room.say(bob, 'two', { content: { body: 'two', url: 'mxc://a/b' } });
    expect(textsOf(joined(await harness.sync(alice, { since, filter })))).toEqual(expected);
  });

  it('give no events but a place where the limit is 0', async () => {
    const since = await syncedAlice();
    room.say(alice, 'one');
    const body = joined(
      await harness.sync(alice, { since, filter: { room: { timeline: { limit: 0 } } }, fullState: true }),
    );
    expect(body?.timeline).toMatchObject({ events: [], limited: true, prev_batch: expect.stringMatching(/^t/) });
  });
});

describe('long polling', () => {
  it('answers in the tick in which the record arrives', async () => {
    const since = await syncedAlice();
    const answered: SyncBody[] = [];
    void harness.sync(alice, { since, timeout: 30_000 }).then((body) => answered.push(body));
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    room.say(alice, 'now');
    for (let turn = 0; turn < 50 && answered.length === 0; turn += 1) await Promise.resolve();
    expect(answered.map((body) => textsOf(joined(body)))).toEqual([['now']]);
    expect(harness.lastKind).toBe('waited');
    expect(harness.clock.timers).toBe(0);
  });

  it('answers with an empty response and a newer token when the time is over', async () => {
    const since = await syncedAlice();
    const filter = { room: { timeline: { types: ['org.example'] } } };
    const waiting = harness.sync(alice, { since, filter, timeout: 30_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    room.say(alice, 'filtered out');
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    harness.clock.advance(30_000);
    const body = await waiting;
    expect(body.rooms).toBeUndefined();
    expect(decodeSyncToken(body.next_batch)?.positions).toEqual(await harness.rooms.readPositions());
  });

  it('wakes only those whom the event concerns', async () => {
    const since = await syncedAlice();
    const other = (await harness.sync(carol)).next_batch;
    const waiting = harness.sync(carol, { since: other, timeout: 30_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    const session = await harness.parts.sessions.open(carol);
    const changes = session.changes;
    room.say(alice, 'not for carol');
    expect(session.changes).toBe(changes);
    room.member(carol, 'invite', { sender: alice });
    expect((await waiting).rooms?.invite).toHaveProperty([room.roomId]);
    expect(since).toBeDefined();
  });

  it('ends an older request of the same device, not of another', async () => {
    const since = await syncedAlice();
    const older = harness.sync(alice, { since, timeout: 30_000 });
    const other = harness.sync(alice, { since, timeout: 30_000, deviceId: 'OTHER' });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(2));
    const newer = harness.sync(alice, { since, timeout: 30_000 });
    expect((await older).rooms).toBeUndefined();
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(2));
    room.say(alice, 'one');
    expect(textsOf(joined(await newer))).toEqual(['one']);
    expect(textsOf(joined(await other))).toEqual(['one']);
  });

  it('stops waiting when the client has gone', async () => {
    const since = await syncedAlice();
    const end = new RequestEnd();
    const waiting = harness.sync(alice, { since, timeout: 30_000, end });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    end.reach('gone');
    await waiting;
    expect(harness.parts.sessions.size.waiting).toBe(0);
  });

  it('answers all who wait when the process begins to stop, and who asks then', async () => {
    const since = await syncedAlice();
    const waiting = ['A', 'B'].map((deviceId) => harness.sync(alice, { since, timeout: 30_000, deviceId }));
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(2));
    harness.draining.abort();
    for (const body of await Promise.all(waiting)) expect(body.rooms).toBeUndefined();
    expect((await harness.sync(alice, { since, timeout: 30_000 })).next_batch).toBe(since);
    expect(harness.clock.timers).toBe(0);
  });

  it('forgets a user who does not come back', async () => {
    await syncedAlice();
    harness.clock.advance(120_000);
    harness.parts.sessions.dropIdle();
    expect(harness.parts.sessions.size.sessions).toBe(0);
  });
});

describe('an erased user', () => {
  it('is redacted for those who come later, and not for those who were there', async () => {
    room.create(alice);
    room.say(alice, 'old', { content: { body: 'old', 'm.relates_to': { rel_type: 'm.reference', event_id: '$x' } } });
    room.state('m.room.name', { name: 'Room' });
    harness.erased.add(alice);
    room.member(carol, 'join');
    room.say(alice, 'new');
    const told = async (userId: string): Promise<unknown> => {
      const events = joined(await harness.sync(userId))?.timeline.events ?? [];
      return events.flatMap(({ type, content }) =>
        type === 'm.room.message' || type === 'm.room.name' ? [content['body'] ?? content['name'] ?? 'erased'] : [],
      );
    };
    expect(await told(alice)).toEqual(['old', 'Room', 'new']);
    expect(await told(carol)).toEqual(['erased', 'Room', 'new']);
    const fields = joined(await harness.sync(carol, { filter: { event_format: 'federation' } }))?.timeline.events;
    expect(fields?.find(({ type }) => type === 'm.room.message')?.content).toEqual({});
  });
});

describe('tokens', () => {
  it('of another deployment are refused', async () => {
    await syncedAlice();
    const since = encodeSyncToken({
      generation: 1,
      bootId: 1,
      userPosition: 0,
      deviceListPosition: 0,
      ephemeralPosition: 0,
      positions: [1],
    });
    await expect(harness.sync(alice, { since })).rejects.toThrow(MatrixError);
  });

  it('of an earlier generation are answered from the beginning', async () => {
    const since = await syncedAlice();
    const { positions = [] } = decodeSyncToken(since) ?? {};
    const old = encodeSyncToken({
      generation: 0,
      bootId: 1,
      userPosition: 0,
      deviceListPosition: 0,
      ephemeralPosition: 0,
      positions: positions.map((at) => at + 1000),
    });
    expect(textsOf(joined(await harness.sync(alice, { since: old })))).toHaveLength(3);
  });

  it('that are ahead of this replica are waited for, and read from Postgres', async () => {
    await syncedAlice();
    const other = await SyncHarness.started({ rooms: harness.rooms });
    const { next_batch: ahead } = await other.sync(alice);
    const row = harness.rooms.append({
      roomId: room.roomId,
      type: 'm.room.message',
      sender: alice,
      content: { body: 'lost' },
    });
    other.arrive(row);
    const { next_batch: since } = await other.sync(alice, { since: ahead });
    harness.rooms.append({ roomId: room.roomId, type: 'm.room.message', sender: alice, content: { body: 'next' } });
    expect((await harness.sync(alice, { since })).rooms).toBeUndefined();
    expect(textsOf(joined(await harness.sync(alice, { since: ahead })))).toEqual(['lost']);
  });

  it('that cannot be reached are given back as they are', async () => {
    const since = await syncedAlice();
    const token = decodeSyncToken(since);
    const ahead = encodeSyncToken({
      generation: 1,
      bootId: 7,
      userPosition: 0,
      deviceListPosition: 0,
      ephemeralPosition: 0,
      positions: (token?.positions ?? []).map((at) => at + 5),
    });
    const waiting = harness.sync(alice, { since: ahead, timeout: 1000 });
    await vi.waitFor(() => expect(harness.clock.timers).toBe(1));
    harness.clock.advance(5000);
    expect(await waiting).toMatchObject({ next_batch: ahead });
    expect(await waiting).not.toHaveProperty('rooms');
  });

  it('never decrease, and sessions begin anew with a new generation', async () => {
    const since = await syncedAlice();
    harness.rooms.generation = 2;
    await harness.parts.follower.sweep();
    room.say(alice, 'new generation');
    const body = await harness.sync(alice, { since });
    expect(decodeSyncToken(body.next_batch)?.generation).toBe(2);
    expect(textsOf(joined(body))?.at(-1)).toBe('new generation');
  });
});

describe('the tail', () => {
  it('is bounded, and what has left it is read from Postgres', async () => {
    const small = await SyncHarness.started({ rooms: new FakeRooms(3), settings: { tailBytes: 5000 } });
    const script = new RoomScript(small, room.roomId);
    script.create(alice);
    const { next_batch: since } = await small.sync(alice);
    for (let index = 0; index < 50; index += 1) script.say(alice, `m${index}`);
    expect(small.parts.tail.size.bytes).toBeLessThanOrEqual(5000);
    const filter = { room: { timeline: { limit: 100 } } };
    const body = joined(await small.sync(alice, { since, filter }));
    expect(textsOf(body)).toEqual(Array.from({ length: 50 }, (_, index) => `m${index}`));
    expect(body?.timeline.limited).toBe(false);
  });
});
