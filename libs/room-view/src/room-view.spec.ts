import { FakeCache, FakeRooms } from '@plexus/testing';
import type { StateNode } from '@plexus/room-dag';
import type { RoomLogRow, StoredEvent } from '@plexus/storage';
import { beforeEach, describe, expect, it } from 'vitest';
import { readEvent } from './read-event.ts';
import { RedactionReader } from './redaction-reader.ts';
import { StateReader } from './state-reader.ts';
import { VisibilityReader } from './visibility-reader.ts';

const roomId = '!room:a.example';
const [alice, bob, carol] = ['@alice:a.example', '@bob:b.example', '@carol:a.example'] as const;

let rooms: FakeRooms;
let nodes: FakeCache<StateNode>;
let states: StateReader;
let redactions: RedactionReader;
let visibility: VisibilityReader;

beforeEach(() => {
  rooms = new FakeRooms(2);
  nodes = new FakeCache();
  states = new StateReader(rooms, nodes);
  redactions = new RedactionReader(rooms, states);
  visibility = new VisibilityReader(rooms, states);
});

function state(type: string, content: object, { sender = alice as string, stateKey = '' } = {}): RoomLogRow {
  return rooms.append({ roomId, type, sender, stateKey, content: { ...content } });
}

function member(userId: string, membership: string): RoomLogRow {
  return state('m.room.member', { membership }, { sender: userId, stateKey: userId });
}

function say(sender: string, body: string): RoomLogRow {
  return rooms.append({ roomId, type: 'm.room.message', sender, content: { body } });
}

function redact(sender: string, row: RoomLogRow): RoomLogRow {
  return rooms.append({ roomId, type: 'm.room.redaction', sender, content: {}, redacts: eventOf(row).eventId });
}

function eventOf(row: RoomLogRow): StoredEvent {
  if (row.event === undefined) throw new Error('a row without event');
  return row.event;
}

/** What carol sees of: a message before her invite, one between invite and join, one while joined, one after she left. */
async function viewOf(historyVisibility: string, isJoinedAfterwards: boolean): Promise<boolean[]> {
  state('m.room.create', {});
  state('m.room.history_visibility', { history_visibility: historyVisibility });
  const rows = [say(alice, 'before')];
  state('m.room.member', { membership: 'invite' }, { stateKey: carol });
  rows.push(say(alice, 'invited'));
  member(carol, 'join');
  rows.push(say(alice, 'joined'));
  member(carol, 'leave');
  rows.push(say(alice, 'left'));
  const there = rows.map((row) => ({ stored: eventOf(row), event: readEvent(eventOf(row), '11') }));
  const place = rows[0] as RoomLogRow;
  return (await visibility.view(place, there, { userId: carol, isJoinedAfterwards })).map(({ isVisible }) => isVisible);
}

describe('StateReader', () => {
  it('reads state at any root, and asks the store once per level at most', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => member(`@u${index}:a.example`, 'join'));
    const name = state('m.room.name', { name: 'x' });
    const [before, after] = [rows[49]?.currentRoot ?? 0, name.currentRoot];
    const diff = await states.diff(name, before, after);
    expect(diff?.map(({ stateKey }) => stateKey).toSorted()).toEqual(
      ['', ...rows.slice(50).map((_, index) => `@u${index + 50}:a.example`)].toSorted(),
    );
    expect(await states.list(name, before, 'all')).toHaveLength(50);
    expect(await states.list(name, after, 'nonMembers')).toHaveLength(1);
    expect((await states.listSome(name, after, { select: 'members', limit: 5 }))?.length).toBeGreaterThanOrEqual(5);
    const calls = rooms.calls.get('findStateNodes') ?? 0;
    const found = await states.lookup(name, after, [
      { type: 'm.room.name', stateKey: '' },
      { type: 'm.room.topic', stateKey: '' },
    ]);
    expect(found).toEqual([name.event?.eventNid, undefined]);
    expect(rooms.calls.get('findStateNodes')).toBe(calls);
  });

  it('answers nothing for a root that is no longer stored', async () => {
    const row = member(alice, 'join');
    expect(await states.lookup(row, 999_999, [{ type: 'm.room.name', stateKey: '' }])).toBeUndefined();
    expect(await states.diff(row, 999_999, row.currentRoot)).toBeUndefined();
    expect(await states.list(row, 999_999, 'all')).toBeUndefined();
  });
});

describe('RedactionReader', () => {
  beforeEach(() => {
    state('m.room.create', { room_version: '11' });
    state('m.room.power_levels', { users: { [alice]: 100 } });
  });

  it.each([
    ['its own sender', bob, true],
    ['a moderator', alice, true],
    ["a user of the sender's server", '@other:b.example', true],
    ['a stranger', carol, false],
  ])('a redaction by %s', async (_who, sender, isEffective) => {
    const said = say(bob, 'secret');
    const redaction = redact(sender, said);
    const shown = await redactions.show(said, eventOf(said));
    expect(shown.event.content).toEqual(isEffective ? {} : { body: 'secret' });
    expect(shown.redactedBecause?.eventId).toBe(isEffective ? eventOf(redaction).eventId : undefined);
    const event = readEvent(eventOf(redaction), '11');
    expect(await redactions.takesEffect(redaction, eventOf(redaction), event)).toBe(isEffective);
  });

  it('takes the first redaction that takes effect', async () => {
    const said = say(bob, 'secret');
    redact(carol, said);
    const second = redact(alice, said);
    redact(bob, said);
    expect((await redactions.show(said, eventOf(said))).redactedBecause?.eventId).toBe(eventOf(second).eventId);
  });

  it('asks nothing for an event that nothing redacts', async () => {
    const said = say(bob, 'plain');
    const calls = rooms.totalCalls();
    expect((await redactions.show(said, eventOf(said))).event.content).toEqual({ body: 'plain' });
    expect(rooms.totalCalls()).toBe(calls);
  });
});

describe('VisibilityReader', () => {
  it.each([
    ['world_readable', false, [true, true, true, true]],
    ['shared', false, [true, true, true, false]],
    ['shared', true, [true, true, true, true]],
    ['invited', false, [false, true, true, false]],
    ['joined', true, [false, false, true, false]],
    ['nonsense', false, [true, true, true, false]],
  ] as const)('%s, joined again: %s', async (historyVisibility, isJoinedAfterwards, expected) => {
    expect(await viewOf(historyVisibility, isJoinedAfterwards)).toEqual(expected);
  });

  it('shows a change of visibility to whoever sees either side, and everybody how they left', async () => {
    state('m.room.create', {});
    const rows = [
      state('m.room.history_visibility', { history_visibility: 'joined' }),
      say(alice, 'hidden'),
      state('m.room.history_visibility', { history_visibility: 'world_readable' }),
      state('m.room.member', { membership: 'ban' }, { stateKey: carol }),
    ];
    const there = rows.map((row) => ({ stored: eventOf(row), event: readEvent(eventOf(row), '11') }));
    const views = await visibility.view(rows[0] as RoomLogRow, there, { userId: carol, isJoinedAfterwards: false });
    expect(views.map(({ isVisible }) => isVisible)).toEqual([false, false, true, true]);
    expect(views.at(-1)?.membership).toBe('ban');
  });
});
