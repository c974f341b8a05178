import { RemoteRoom, serveRoom } from '@plexus/testing';
import type { RoomEvent } from '@plexus/room-dag';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HeldRoom } from '../../test-support/held-room.ts';
import { HOSTED, openRemoteRooms } from '../../test-support/remote-rooms-harness.ts';
import type { RemoteRoomsHarness } from '../../test-support/remote-rooms-harness.ts';
import { fetchStateBefore } from './fetch-state-before.ts';

let harness: RemoteRoomsHarness;
let room: RemoteRoom;
let held: HeldRoom;
let anchor: RoomEvent;

beforeAll(async () => {
  harness = await openRemoteRooms();
});
afterAll(() => harness.stop());
beforeEach(() => {
  room = new RemoteRoom(harness.far, { version: '11' });
  serveRoom(harness.far, room);
  held = new HeldRoom(room);
  held.hold(...room.events);
  harness.servers.asked.length = 0;
});

function fetchState() {
  const pair = { origin: HOSTED, destination: harness.far.name };
  const question = { room: held.record, rules: room.rules, eventId: anchor.eventId, base: undefined };
  return fetchStateBefore({ ...harness, rooms: held }, pair, question);
}

function names(): string[] {
  return harness.servers.pathsAskedOf(harness.far.name).map((path) => path.split('/')[1] ?? '');
}

describe('fetchStateBefore', () => {
  it('asks for the few events that are not here, one by one', async () => {
    const topic = room.append({ type: 'm.room.topic', stateKey: '', content: { topic: 'new' } });
    anchor = room.say('anchor');
    const before = await fetchState();
    expect(before?.state.map(({ eventId }) => eventId).toSorted()).toEqual(
      room
        .state(anchor.eventId)
        .map(({ eventId }) => eventId)
        .toSorted(),
    );
    expect(names()).toEqual(['state_ids', 'event']);
    expect(harness.servers.asked[1]?.path).toContain(encodeURIComponent(topic.eventId));
  });

  it('asks for the whole where much is not here', async () => {
    for (let index = 0; index < 60; index += 1) room.join(harness.far.user(`member-${index}`));
    anchor = room.say('anchor');
    const before = await fetchState();
    expect(before?.state).toHaveLength(room.state(anchor.eventId).length);
    expect(names()).toEqual(['state_ids', 'state']);
  });

  it('has no state of which an event is not given, or not what it should be', async () => {
    const topic = room.append({ type: 'm.room.topic', stateKey: '', content: { topic: 'new' } });
    anchor = room.say('anchor');
    harness.far.answer('GET', /v1\/event\//, () => 'truncated');
    expect(await fetchState()).toBeUndefined();
    const pdus = [{ ...topic.pdu, signatures: {} }];
    harness.far.answer('GET', /v1\/event\//, () => ({ status: 200, body: { origin: 'x', origin_server_ts: 1, pdus } }));
    expect(await fetchState()).toBeUndefined();
  });

  it('has none where the server gives neither names nor events', async () => {
    anchor = room.say('anchor');
    harness.far.answerIf(
      'GET',
      /v1\/state/,
      ({ path }) => path.includes(room.roomId),
      () => ({ status: 403, body: {} }),
    );
    expect(await fetchState()).toBeUndefined();
    expect(names()).toEqual(['state_ids', 'state']);
  });
});
