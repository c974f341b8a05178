import { RedactionReader, RoomState, StateReader } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import { describe, expect, it } from 'vitest';
import { fakePorts } from '../../test-support/fake-ports.ts';
import { GetState } from './get-state.ts';
import { ListMembers } from './list-members.ts';
import { ReadRoomAccess } from './room-access.ts';
import { TimelinePlaces } from './timeline-place.ts';

const ROOM = '!room:one.example';
const USER = '@late:one.example';

it('knows a member of whose join the list of rooms has not heard yet', async () => {
  const { rooms, stateNodes, forgotten, clock } = fakePorts();
  rooms.append({ roomId: ROOM, type: 'm.room.create', sender: USER, stateKey: '', content: {} });
  const userRooms = { ...fakePorts().userRooms, findUserRoom: async () => undefined };
  const access = new ReadRoomAccess({ rooms, userRooms, forgotten, clock, states: new StateReader(rooms, stateNodes) });
  await expect(access.execute(USER, ROOM)).rejects.toMatchObject({ httpStatus: 403 });

  const content = { membership: 'join' };
  rooms.append({ roomId: ROOM, type: 'm.room.member', sender: USER, stateKey: USER, content });
  expect(await access.execute(USER, ROOM)).toMatchObject({ kind: 'joined' });
});

describe('a room that was joined with members omitted', () => {
  it.each([
    ['GET /members', async ({ listMembers }: Reads) => (await listMembers.all(REQUESTER, ROOM, {})).length],
    [
      'GET /joined_members',
      async ({ listMembers }: Reads) => Object.keys(await listMembers.joined(REQUESTER, ROOM)).length,
    ],
    ['GET /state', async ({ getState }: Reads) => (await getState.all(REQUESTER, ROOM)).length - 1],
  ])('is listed when they are known (%s)', async (_, count) => {
    const room = joinedRoom({ completedAfter: 5 });
    expect(await count(room)).toBe(2);
    expect(room.pauses).toEqual([20, 20, 20, 20, 20]);
  });

  it('tells at once of the members that are known, and of the others when they are', async () => {
    const room = joinedRoom({ completedAfter: 2 });
    expect(await room.getState.one(REQUESTER, memberOf(USER))).toEqual({ membership: 'join' });
    expect(room.pauses).toEqual([]);
    expect(await room.getState.one(REQUESTER, memberOf(OTHER))).toEqual({ membership: 'join' });
    expect(room.pauses).toEqual([20, 20]);
    await expect(room.getState.one(REQUESTER, memberOf('@nobody:one.example'))).rejects.toMatchObject({
      httpStatus: 404,
    });
  });

  it('does not wait for members where other state is asked for', async () => {
    const room = joinedRoom({ completedAfter: 1 });
    const topic = { ...memberOf(''), type: 'm.room.topic' };
    await expect(room.getState.one(REQUESTER, topic)).rejects.toMatchObject({ httpStatus: 404 });
    expect(room.pauses).toEqual([]);
  });

  it('is not listed where they do not come within half a minute', async () => {
    const room = joinedRoom({ completedAfter: Infinity });
    await expect(room.listMembers.all(REQUESTER, ROOM, {})).rejects.toMatchObject({ httpStatus: 503 });
    const waitedMs = room.pauses.reduce((sum, pauseMs) => sum + pauseMs, 0);
    expect(waitedMs).toBeGreaterThanOrEqual(30_000);
    expect(waitedMs).toBeLessThan(31_000);
    expect(Math.max(...room.pauses)).toBe(1_000);
  });
});

const OTHER = '@other:two.example';
const REQUESTER = { userId: USER } as Requester;

interface Reads {
  readonly getState: GetState;
  readonly listMembers: ListMembers;
  /** In milliseconds, those that were waited for. */
  readonly pauses: readonly number[];
}

function memberOf(stateKey: string): Parameters<GetState['one']>[1] {
  return { roomId: ROOM, type: 'm.room.member', stateKey, format: 'content' };
}

/** A room with a user who is here; another server's user comes after so many pauses. */
function joinedRoom({ completedAfter }: { readonly completedAfter: number }): Reads {
  const { rooms, userRooms, stateNodes, forgotten, positions } = fakePorts();
  const join = (userId: string): void => {
    const content = { membership: 'join' };
    rooms.append({ roomId: ROOM, type: 'm.room.member', sender: userId, stateKey: userId, content });
  };
  rooms.append({ roomId: ROOM, type: 'm.room.create', sender: OTHER, stateKey: '', content: {} });
  join(USER);
  const pauses: number[] = [];
  const findRoom = rooms.findRoom.bind(rooms);
  rooms.findRoom = async (roomId) => {
    const room = await findRoom(roomId);
    return room && { ...room, partialJoin: pauses.length < completedAfter ? 1 : undefined };
  };
  const delay = async (pauseMs: number): Promise<void> => {
    if (pauses.push(pauseMs) === completedAfter) join(OTHER);
  };
  const stateReader = new StateReader(rooms, stateNodes);
  const states = new RoomState(rooms, stateReader, new RedactionReader(rooms, stateReader));
  const access = new ReadRoomAccess({ rooms, userRooms, forgotten, clock: { delay }, states: stateReader });
  return {
    pauses,
    getState: new GetState(access, states, { now: () => 0 }),
    listMembers: new ListMembers(access, { rooms, places: new TimelinePlaces(rooms, positions), states }),
  };
}
