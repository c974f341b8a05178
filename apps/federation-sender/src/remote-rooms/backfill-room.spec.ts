import { RemoteRoom, serveRoom } from '@plexus/testing';
import type { RoomEvent } from '@plexus/room-dag';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HeldRoom } from '../../test-support/held-room.ts';
import { HOSTED, openRemoteRooms } from '../../test-support/remote-rooms-harness.ts';
import type { RemoteRoomsHarness } from '../../test-support/remote-rooms-harness.ts';
import { BackfillRoom } from './backfill-room.ts';

let harness: RemoteRoomsHarness;
let room: RemoteRoom;
let held: HeldRoom;
let said: RoomEvent[];
let backfillRoom: BackfillRoom;

beforeAll(async () => {
  harness = await openRemoteRooms();
});
afterAll(() => harness.stop());
beforeEach(() => {
  room = new RemoteRoom(harness.far, { version: '11' });
  said = Array.from({ length: 12 }, (_, index) => room.say(`message ${index}`));
  const join = room.join(harness.far.user('rita'));
  serveRoom(harness.far, room);
  held = new HeldRoom(room);
  held.hold(join);
  held.joined.set(harness.far.name, 2);
  const last = said.at(-1)?.eventId ?? '';
  held.ends = [{ missingEventId: last, eventId: join.eventId, eventNid: 1, topologicalPosition: 1 }];
  harness.writer.got.length = 0;
  harness.servers.asked.length = 0;
  const states = { list: async () => [] };
  backfillRoom = new BackfillRoom({ ...harness, rooms: held, extremities: held, roomServers: held, states });
});

function backfill(limit = 10): Promise<number> {
  return backfillRoom.execute({ roomId: room.roomId, origin: HOSTED, upTo: 5, limit });
}

describe('BackfillRoom', () => {
  it('fetches what lies before what is here, with the state before the oldest of it', async () => {
    expect(await backfill(5)).toBe(5);
    expect(harness.writer.last?.request.command).toMatchObject({ $case: 'storeHistory', value: { afterGap: false } });
    expect(harness.writer.stagedLast('timeline')).toEqual(said.slice(-5).map(({ eventId }) => eventId));
    expect(harness.writer.stagedLast('state')).toHaveLength(room.state(said.at(-5)?.eventId).length);
  });

  it('needs no state where history comes to its beginning', async () => {
    expect(await backfill(100)).toBe(said.length + 5);
    expect(harness.writer.stagedLast('state')).toEqual([]);
  });

  it('asks nobody where nothing is missing, or the room is not here', async () => {
    held.ends = [];
    expect(await backfill()).toBe(0);
    expect(await backfillRoom.execute({ roomId: '!other:far.example', origin: HOSTED, upTo: 5, limit: 5 })).toBe(0);
    expect(harness.servers.asked).toEqual([]);
  });

  it.each(['silence', 'truncated', 'endless'] as const)(
    'asks the next server after one that gives %s',
    async (answer) => {
      held.joined.set(harness.further.name, 9).set(HOSTED, 20);
      harness.further.answer('GET', /backfill/, () => answer);
      expect(await backfill(5)).toBe(5);
      expect(harness.servers.asked[0]).toMatchObject({ destination: harness.further.name, query: { limit: '5' } });
    },
  );

  it('stores nothing where the state before it is not given', async () => {
    for (const name of ['state', 'state_ids'])
      harness.far.answerIf(
        'GET',
        new RegExp(`v1/${name}/`),
        ({ path }) => path.includes(room.roomId),
        () => 'reset',
      );
    expect(await backfill(5)).toBe(0);
    expect(harness.writer.got).toEqual([]);
  });
});
