import { beforeEach, describe, expect, it } from 'vitest';
import { ChangeCounter } from './change-counter.ts';
import { TypingRooms } from './typing-rooms.ts';

const [room, alice, bob] = ['!room:a.example', '@alice:a.example', '@bob:a.example'];
const SOON = { now: 0, timeoutMs: 1000 };

let changed: string[];
let typing: TypingRooms;
beforeEach(() => {
  changed = [];
  typing = new TypingRooms(new ChangeCounter(), (roomId) => changed.push(roomId));
});

describe('users who type', () => {
  it('are those who began and neither stopped nor ran out of time', () => {
    typing.start(room, alice, SOON);
    typing.start(room, bob, { now: 0, timeoutMs: 5000 });
    expect(typing.find(room)).toEqual({ userIds: [alice, bob], changedAt: 3 });
    typing.expire(1000);
    expect(typing.find(room)).toEqual({ userIds: [bob], changedAt: 4 });
    typing.stop(room, bob, 1500);
    expect(typing.find(room)).toEqual({ userIds: [], changedAt: 5 });
    expect(changed).toEqual([room, room, room, room]);
  });

  it('go on without a change when they say so again', () => {
    typing.start(room, alice, SOON);
    typing.start(room, alice, { now: 900, timeoutMs: 1000 });
    typing.expire(1000);
    expect(typing.find(room)).toEqual({ userIds: [alice], changedAt: 2 });
  });

  it('who stop without having begun change nothing', () => {
    typing.stop(room, alice, 0);
    expect([typing.find(room), changed]).toEqual([undefined, []]);
  });

  it('are forgotten with their room when it has been quiet for long', () => {
    typing.start(room, alice, SOON);
    typing.expire(1000);
    typing.expire(1000 + 9 * 60_000);
    expect(typing.size).toBe(1);
    typing.expire(1000 + 10 * 60_000);
    expect(typing.size).toBe(0);
  });

  it('are at most fifty in a room', () => {
    for (let index = 0; index < 60; index += 1) typing.start(room, `@u${index}:a.example`, SOON);
    expect(typing.find(room)?.userIds.length).toBe(50);
  });

  it('are named by the rooms that changed after a place, as far as those are remembered', () => {
    const rooms = ['!a', '!b', '!c'];
    for (const roomId of rooms) typing.start(roomId, alice, SOON);
    typing.stop('!a', alice, 0);
    expect([...(typing.changedAfter(0, 3) ?? [])]).toEqual(['!a', '!c', '!b']);
    expect([...(typing.changedAfter(3, 2) ?? [])]).toEqual(['!a', '!c']);
    expect(typing.changedAfter(3, 1)).toBeUndefined();
    expect([...(typing.changedAfter(5, 0) ?? ['all'])]).toEqual([]);
    expect([typing.hasChanged('!b', 2), typing.hasChanged('!b', 3)]).toEqual([true, false]);
    for (let index = 0; index < 20_000; index += 1) typing.start(`!${index}`, alice, SOON);
    expect(typing.changedAfter(5, 30_000)).toBeUndefined();
    expect(typing.changedAfter(20_000, 30_000)?.size).toBe(5);
  });
});
