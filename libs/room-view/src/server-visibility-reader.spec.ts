import { FakeCache, FakeRooms } from '@plexus/testing';
import type { RoomLogRow, StoredEvent } from '@plexus/storage';
import { beforeEach, expect, it } from 'vitest';
import { readEvent } from './read-event.ts';
import { ServerVisibilityReader } from './server-visibility-reader.ts';
import { StateReader } from './state-reader.ts';

const roomId = '!room:a.example';
const [alice, bob] = ['@alice:a.example', '@bob:b.example'] as const;

let rooms: FakeRooms;
let visibility: ServerVisibilityReader;

beforeEach(() => {
  rooms = new FakeRooms(2);
  visibility = new ServerVisibilityReader(rooms, new StateReader(rooms, new FakeCache()));
  state('m.room.create', {});
});

function state(type: string, content: object, stateKey = ''): RoomLogRow {
  return rooms.append({ roomId, type, sender: alice, stateKey, content: { ...content } });
}

function member(userId: string, membership: string): RoomLogRow {
  return rooms.append({ roomId, type: 'm.room.member', sender: userId, stateKey: userId, content: { membership } });
}

function say(): RoomLogRow {
  return rooms.append({ roomId, type: 'm.room.message', sender: alice, content: { body: 'x' } });
}

function eventOf({ event }: RoomLogRow): StoredEvent {
  if (event === undefined) throw new Error('a row without event');
  return event;
}

/** What b.example sees of messages before, during and after a membership of its only user. */
async function views(historyVisibility: string, memberships: readonly string[]): Promise<boolean[]> {
  state('m.room.history_visibility', { history_visibility: historyVisibility });
  for (let count = 0; count < 40; count += 1) member(`@u${count}:a.example`, 'join');
  const rows = [say()];
  for (const membership of memberships) {
    member(bob, membership);
    rows.push(say());
  }
  const there = rows.map((row) => ({ stored: eventOf(row), event: readEvent(eventOf(row), '11') }));
  return visibility.view(rows[0] ?? say(), there, 'b.example');
}

it.each([
  ['world_readable', [true, true, true, true]],
  ['shared', [true, true, true, true]],
  ['nonsense', [true, true, true, true]],
  ['invited', [false, true, true, false]],
  ['joined', [false, false, true, false]],
] as const)('shows a server, under %s, before, invited, joined and after: %s', async (historyVisibility, expected) => {
  expect(await views(historyVisibility, ['invite', 'join', 'leave'])).toEqual(expected);
});

it('looks at no members where the visibility does not depend on them', async () => {
  await views('shared', ['join', 'leave']);
  const nodes = rooms.calls.get('findStateNodes') ?? 0;
  expect(nodes).toBeLessThan(10);
});

it('looks through no members to learn whether a server was there', async () => {
  await views('joined', ['join', 'leave']);
  for (let count = 40; count < 400; count += 1) member(`@u${count}:a.example`, 'join');
  const last = say();
  const before = rooms.calls.get('findStateNodes') ?? 0;
  const there = [{ stored: eventOf(last), event: readEvent(eventOf(last), '11') }];
  expect(await visibility.view(last, there, 'b.example')).toEqual([false]);
  expect((rooms.calls.get('findStateNodes') ?? 0) - before).toBeLessThan(10);
});

it('counts invites among others of today', async () => {
  member('@guest:c.example', 'invite');
  member('@other:b.example', 'invite');
  expect(await views('invited', ['join', 'leave'])).toEqual([true, true, true]);
});

it('takes an event without known state for shared, and hides one whose state is gone', async () => {
  const row = say();
  const [stored, event] = [eventOf(row), readEvent(eventOf(row), '11')];
  const outlier = { stored: { ...stored, stateBefore: undefined }, event };
  const orphan = { stored: { ...stored, stateBefore: 999_999 }, event };
  expect(await visibility.view(row, [outlier, orphan], 'b.example')).toEqual([true, false]);
});
