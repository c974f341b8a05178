import { FakeCache, FakeHostedServers, FakeRooms } from '@plexus/testing';
import { beforeEach, expect, it } from 'vitest';
import { readEvent } from './read-event.ts';
import { RedactionReader } from './redaction-reader.ts';
import { RoomExpiry } from './room-expiry.ts';
import { RoomState } from './room-state.ts';
import { StateReader } from './state-reader.ts';
import { VisibilityReader } from './visibility-reader.ts';

const ALICE = '@alice:a.example';
const POLICY = {
  isEnabled: true,
  defaultLifetimeMs: undefined,
  leastLifetimeMs: undefined,
  greatestLifetimeMs: undefined,
};

let rooms: FakeRooms;
let states: StateReader;
let asked: number[];
let first: number | undefined;
let now: number;

beforeEach(() => {
  rooms = new FakeRooms(1);
  states = new StateReader(rooms, new FakeCache());
  [asked, first, now] = [[], undefined, 1_000_000];
});

function expiryBy(policy = POLICY): RoomExpiry {
  return new RoomExpiry(
    {
      rooms,
      states: new RoomState(rooms, states, new RedactionReader(rooms, states)),
      servers: new FakeHostedServers(['a.example']),
      clock: { now: () => now },
      history: {
        findFirstStoredSince: async (_shard, _room, since) => {
          asked.push(since);
          return first === undefined ? undefined : { eventId: '$first', eventNid: 1, topologicalPosition: first };
        },
      },
    },
    policy,
  );
}

function state(type: string, content: object, stateKey = '') {
  return rooms.append({ roomId: '!room:a.example', type, sender: ALICE, stateKey, content: { ...content } });
}

function create() {
  state('m.room.create', {});
  return state('m.room.member', { membership: 'join' }, ALICE);
}

it('ends where a round of retention would, by what the room asks for, for a second', async () => {
  const { shard, roomNid, roomVersion } = create();
  const place = { shard, roomNid, roomVersion };
  const expiry = expiryBy();
  expect(await expiry.findEnd(place)).toBeUndefined();
  expect(asked).toEqual([]);
  state('m.room.retention', { max_lifetime: 5_000 });
  first = 7;
  expect(await expiry.findEnd(place)).toBeUndefined();
  now += 1_000;
  expect([await expiry.findEnd(place), await expiry.findEnd(place)]).toEqual([7, 7]);
  expect(asked).toEqual([now - 5_000]);
});

it('asks nobody where messages do not expire', () => {
  const { shard, roomNid, roomVersion } = create();
  const before = rooms.totalCalls();
  expect(expiryBy({ ...POLICY, isEnabled: false }).findEnd({ shard, roomNid, roomVersion })).toBeUndefined();
  expect(rooms.totalCalls()).toBe(before);
});

it('hides what has expired from who could see it', async () => {
  const { shard, roomNid, roomVersion } = create();
  const rows = ['old', 'new'].map((body) =>
    rooms.append({ roomId: '!room:a.example', type: 'm.room.message', sender: ALICE, content: { body } }),
  );
  const there = rows.flatMap(({ event }) =>
    event === undefined ? [] : [{ stored: event, event: readEvent(event, roomVersion) }],
  );
  state('m.room.retention', { max_lifetime: 5_000 });
  first = there[1]?.stored.topologicalPosition;
  const visibility = new VisibilityReader(rooms, states, expiryBy());
  const viewer = { userId: ALICE, isJoinedAfterwards: true };
  const views = await visibility.view({ shard, roomNid, roomVersion }, there, viewer);
  expect(views.map(({ isVisible }) => isVisible)).toEqual([false, true]);
});
