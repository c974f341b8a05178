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

const joined = (body: SyncBody, roomId = room.roomId) => body.rooms?.join?.[roomId];
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
