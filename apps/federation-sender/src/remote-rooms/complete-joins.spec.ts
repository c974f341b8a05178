import type { RoomCommandRequest } from '@plexus/rpc';
import { RemoteRoom, serveRoom } from '@plexus/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HeldRoom } from '../../test-support/held-room.ts';
import { HOSTED, openRemoteRooms } from '../../test-support/remote-rooms-harness.ts';
import type { RemoteRoomsHarness } from '../../test-support/remote-rooms-harness.ts';
import { CompleteJoins } from './complete-joins.ts';

let harness: RemoteRoomsHarness;
let room: RemoteRoom;
let held: HeldRoom;
let completeJoins: CompleteJoins;

beforeAll(async () => {
  harness = await openRemoteRooms();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  room = new RemoteRoom(harness.far, { version: '11' });
  for (const name of ['rita', 'rob']) room.join(harness.far.user(name));
  const join = room.join(harness.far.user('visitor'));
  serveRoom(harness.far, room);
  held = new HeldRoom(room);
  harness.joins.joins = [];
  harness.writer.got.length = 0;
  harness.writer.reply = undefined;
  completeJoins = new CompleteJoins({ ...harness, rooms: held, roomServers: held }, () => {});
  const { roomId } = room;
  const server = harness.far.name;
  await completeJoins.expect({ roomId, roomVersion: '11', destination: HOSTED, joinEventId: join.eventId, server });
  held.hold(...room.events);
});

function commands(): NonNullable<RoomCommandRequest['command']>[] {
  return harness.writer.got.map(({ request }) => request.command).filter((command) => command !== undefined);
}

describe('CompleteJoins', () => {
  it('fetches the state before the join, has it taken, and forgets that anything was missing', async () => {
    expect(await completeJoins.runOne()).toEqual({ outcome: 'completed' });
    const [piece, imported, ...others] = commands();
    expect(piece).toMatchObject({ $case: 'takeStatePiece', value: { eventsBefore: 0, destination: HOSTED } });
    const state = new Set(room.state(room.last.eventId).map(({ eventId }) => eventId));
    const given = piece?.$case === 'takeStatePiece' ? piece.value.events : [];
    expect(new Set(given.filter(({ isInState }) => isInState).map(({ eventId }) => eventId))).toEqual(state);
    expect(imported).toMatchObject({
      $case: 'importRoom',
      value: { partial: false, joinEvent: { eventId: room.last.eventId }, eventsInPieces: given.length },
    });
    expect(others).toEqual([]);
    expect(harness.staged.staged.size).toBe(0);
    expect(harness.joins.joins).toEqual([]);
    expect(await completeJoins.runOne()).toBeUndefined();
  });

  it('stages the state where the owner does not take pieces', async () => {
    const unknown = { errcode: 'M_UNKNOWN', httpStatus: 400, error: 'Unknown command', rule: 'command.unknown' };
    harness.writer.reply = ({ command }) =>
      command?.$case === 'takeStatePiece'
        ? { $case: 'refused', value: unknown }
        : { $case: 'stored', value: { eventIds: [], position: 1 } };
    expect(await completeJoins.runOne()).toEqual({ outcome: 'completed' });
    expect(commands().map(({ $case }) => $case)).toEqual(['takeStatePiece', 'importRoom']);
    expect(harness.writer.stagedLast('state')).toHaveLength(room.state(room.last.eventId).length);
    expect(harness.writer.stagedLast('timeline')).toEqual([room.last.eventId]);
    expect(harness.staged.staged.size).toBe(0);
  });

  it('asks the others in the room where the first gives nothing', async () => {
    harness.servers.asked.length = 0;
    held.joined.set(harness.further.name, 1).set(harness.far.name, 3).set(HOSTED, 1);
    harness.far.answerIf(
      'GET',
      /v1\/state\//,
      ({ path }) => path.includes(room.roomId),
      () => 'endless',
    );
    serveRoom(harness.further, room);
    expect(await completeJoins.runOne()).toEqual({ outcome: 'completed' });
    expect(harness.servers.asked.map(({ destination }) => destination)).toEqual([
      harness.far.name,
      harness.further.name,
    ]);
  });

  it('comes again later where nobody gives it, for as long as somebody here is in the room', async () => {
    harness.far.answerIf(
      'GET',
      /v1\/state\//,
      ({ path }) => path.includes(room.roomId),
      () => 'silence',
    );
    expect(await completeJoins.runOne()).toEqual({ outcome: 'postponed', because: 'no server gave the state' });
    expect(harness.joins.joins).toHaveLength(1);
    expect(harness.joins.claimed.at(-1)).toEqual({ firstMs: 60_000, longestMs: 3_600_000 });
    harness.joins.joins = harness.joins.joins.map((join) => ({ ...join, attempts: 19 }));
    held.joined.set(HOSTED, 1);
    expect(await completeJoins.runOne()).toMatchObject({ outcome: 'postponed' });
    expect(harness.joins.joins).toHaveLength(1);
    held.joined.delete(HOSTED);
    expect(await completeJoins.runOne()).toMatchObject({ outcome: 'given-up' });
    expect(harness.joins.joins).toEqual([]);
  });

  it('waits for a room that has not arrived', async () => {
    completeJoins = new CompleteJoins({ ...harness, rooms: new HeldRoom(room), roomServers: held }, () => {});
    expect(await completeJoins.runOne()).toEqual({ outcome: 'postponed', because: 'the room has not arrived' });
  });

  it('comes again where the owner does not take it', async () => {
    harness.writer.reply = () => ({ $case: 'overloaded', value: { retryAfterMs: 1 } });
    expect(await completeJoins.runOne()).toMatchObject({ outcome: 'postponed' });
    expect(harness.joins.joins).toHaveLength(1);
  });
});
