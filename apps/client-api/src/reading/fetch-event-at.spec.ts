import type { RemoteAnswer } from '@plexus/remote-servers';
import { FakeRooms } from '@plexus/testing';
import { beforeEach, expect, it } from 'vitest';
import { FakeRemoteRooms, FakeRemoteServers } from '../../test-support/fake-remote-servers.ts';
import { FetchEventAt } from './fetch-event-at.ts';
import type { RoomAccess } from './room-access.ts';

const ALICE = '@alice:a.example';
const ROOM = '!r:a.example';
const HOUR = 3_600_000;
const QUERY = { timestamp: 10 * HOUR, direction: 'backwards' } as const;

const isHosted = (serverName: string): boolean => serverName === 'a.example';

let rooms: FakeRooms;
let servers: FakeRemoteServers;
let remoteRooms: FakeRemoteRooms;
let ends: number[];
let fetch: FetchEventAt;
let access: RoomAccess;
let stored: string;

beforeEach(async () => {
  [rooms, servers, remoteRooms, ends] = [new FakeRooms(), new FakeRemoteServers(), new FakeRemoteRooms(), [3]];
  for (const userId of [ALICE, '@rhea:b.example', '@rick:c.example'])
    rooms.append({
      roomId: ROOM,
      type: 'm.room.member',
      sender: userId,
      stateKey: userId,
      content: { membership: 'join' },
    });
  const row = rooms.append({ roomId: ROOM, type: 'm.room.message', sender: ALICE, content: {} });
  stored = row.event?.eventId ?? '';
  const extremities = {
    listBackwardExtremities: async () =>
      ends.map((topologicalPosition) => ({ missingEventId: '$m', eventId: '$e', eventNid: 1, topologicalPosition })),
  };
  fetch = new FetchEventAt({ remoteServers: servers, remoteRooms, extremities, rooms, servers: { isHosted } });
  const room = await rooms.findRoom(ROOM);
  if (room === undefined) throw new Error('the room is there');
  access = { room, userId: ALICE, kind: 'joined', root: room.currentRoot, departure: undefined };
});

function told(eventId: string, originServerTs: number): RemoteAnswer {
  return { outcome: 'answered', status: 200, body: { event_id: eventId, origin_server_ts: originServerTs } };
}

it('asks other servers one after the other, until one knows an event that is nearer', async () => {
  servers.answer = ({ destination }) => (destination === 'b.example' ? told(stored, 2 * HOUR) : told(stored, 9 * HOUR));
  const found = { eventId: '$far', originServerTs: 3 * HOUR };
  expect(await fetch.execute(access, QUERY, found)).toBe(true);
  expect(servers.asked.map(({ destination, query }) => [destination, query])).toEqual([
    ['b.example', { ts: String(10 * HOUR), dir: 'b' }],
    ['c.example', { ts: String(10 * HOUR), dir: 'b' }],
  ]);
});

it('does not believe what lies on the other side of the time', async () => {
  servers.answer = () => told(stored, 11 * HOUR);
  expect(await fetch.execute(access, QUERY, undefined)).toBe(false);
  expect(await fetch.execute(access, { ...QUERY, direction: 'forwards' }, undefined)).toBe(true);
});

it.each<[string, () => Parameters<FetchEventAt['execute']>]>([
  ['an event is near enough', () => [access, QUERY, { eventId: '$near', originServerTs: QUERY.timestamp - 1_000 }]],
  ['somebody is not in the room', () => [{ ...access, kind: 'peeking' }, QUERY, undefined]],
  ['all of the history is here', () => ((ends = []), [access, QUERY, undefined])],
])('asks nobody where %s', async (_name, args) => {
  expect(await fetch.execute(...args())).toBe(false);
  expect(servers.asked).toEqual([]);
});

it('fetches history down to the event, and gives up where that goes on for too long', async () => {
  servers.answer = () => told('$not-here', 9 * HOUR);
  remoteRooms.backfilled = 100;
  expect(await fetch.execute(access, QUERY, undefined)).toBe(false);
  expect(remoteRooms.backfills).toHaveLength(10);
  expect(remoteRooms.backfills[0]).toEqual({ roomId: ROOM, origin: 'a.example', upTo: 3, limit: 100 });
  remoteRooms.backfilled = 0;
  expect(await fetch.execute(access, QUERY, undefined)).toBe(false);
  expect(remoteRooms.backfills).toHaveLength(11);
});
