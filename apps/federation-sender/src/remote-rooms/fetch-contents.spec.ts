import type { RoomEvent } from '@plexus/room-dag';
import { redactEvent } from '@plexus/room-dag';
import type { ListedCopy } from '@plexus/storage';
import { RemoteRoom, serveRoom } from '@plexus/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HeldRoom } from '../../test-support/held-room.ts';
import { ALSO_HOSTED, HOSTED, openRemoteRooms } from '../../test-support/remote-rooms-harness.ts';
import type { RemoteRoomsHarness } from '../../test-support/remote-rooms-harness.ts';
import { FetchContents } from './fetch-contents.ts';
import type { ContentOutcome } from './fetch-contents.ts';
import type { PduForRoom } from './pdu-sink.ts';

const MINUTE = 60_000;
const START = 1_700_000_000_000;

let harness: RemoteRoomsHarness;
let room: RemoteRoom;
let held: HeldRoom;
let copies: ListedCopy[];
let isVisible: boolean;
let now: number;
let handed: PduForRoom[];
let outcomes: ContentOutcome[];
let contents: FetchContents;

beforeAll(async () => {
  harness = await openRemoteRooms();
});
afterAll(() => harness.stop());
beforeEach(() => {
  room = new RemoteRoom(harness.far, { version: '11' });
  serveRoom(harness.far, room);
  held = new HeldRoom(room);
  held.hold(...room.events);
  held.joined.set(harness.far.name, 1).set(HOSTED, 1);
  [copies, handed, outcomes, isVisible, now] = [[], [], [], true, START];
  harness.servers.asked.length = 0;
  harness.denied.clear();
  contents = new FetchContents({
    ...harness,
    rooms: held,
    roomServers: held,
    copies: {
      listNotedCopies: async ({ after, until, limit }) =>
        copies.filter(({ notedAt }) => notedAt > after && notedAt <= until).slice(0, limit),
    },
    visibility: { view: async (_room, events) => events.map(() => isVisible) },
    clock: { now: () => now },
    hand: async (events) => void handed.push(...events),
    attended: (outcome) => outcomes.push(outcome),
  });
});

/** An event that came without its content just now. */
function lack(event: RoomEvent): void {
  held.hold(redactEvent(event).event);
  const eventNid = held.record.forwardExtremities[0] ?? 0;
  copies.push({ shard: 3, eventNid, roomId: room.roomId, eventId: event.eventId, notedAt: now });
}

/** Looks once a minute. */
async function passMinutes(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    now += MINUTE;
    await contents.execute();
  }
}

describe('FetchContents', () => {
  it('asks the sender’s server for the content, and hands it to the room', async () => {
    const said = room.say('what was said');
    await contents.execute();
    lack(said);
    await passMinutes(1);
    expect(handed).toMatchObject([
      { event: { eventId: said.eventId, isRedactedCopy: false }, pair: { origin: HOSTED } },
    ]);
    expect(outcomes).toEqual(['handed']);
  });

  it('asks again at ever greater ages where nobody gives it, and then never', async () => {
    const said = room.say('what was said');
    harness.far.answer('GET', /v1\/event\//, () => {
      const pdus = [redactEvent(said).event.pdu];
      return { status: 200, body: { origin: 'x', origin_server_ts: 1, pdus } };
    });
    lack(said);
    await passMinutes(1);
    expect(outcomes).toEqual(['not-given']);
    await passMinutes(60);
    expect(outcomes).toHaveLength(2);
    await passMinutes(49 * 60);
    expect(outcomes).toEqual(['not-given', 'not-given', 'not-given', 'not-given']);
    expect(handed).toEqual([]);
  });

  it('asks as a hosted server that the room does not deny', async () => {
    held.joined.set(ALSO_HOSTED, 1);
    harness.denied.add(HOSTED);
    lack(room.say('what was said'));
    await passMinutes(1);
    expect(handed).toMatchObject([{ pair: { origin: ALSO_HOSTED } }]);
  });

  it('asks nobody for what no hosted server may see', async () => {
    isVisible = false;
    lack(room.say('a secret'));
    await passMinutes(1);
    expect(outcomes).toEqual(['hidden']);
    expect(harness.servers.asked).toEqual([]);
  });
});
