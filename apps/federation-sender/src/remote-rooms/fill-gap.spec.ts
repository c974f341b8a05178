import { RemoteRoom, serveRoom } from '@plexus/testing';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomGapRecord } from '@plexus/topics';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HeldRoom } from '../../test-support/held-room.ts';
import { ALSO_HOSTED, HOSTED, openRemoteRooms } from '../../test-support/remote-rooms-harness.ts';
import type { RemoteRoomsHarness } from '../../test-support/remote-rooms-harness.ts';
import { FillGap } from './fill-gap.ts';
import type { PduForRoom } from './pdu-sink.ts';

let harness: RemoteRoomsHarness;
let room: RemoteRoom;
let held: HeldRoom;
let handed: PduForRoom[];
let fillGap: FillGap;

beforeAll(async () => {
  harness = await openRemoteRooms();
});
afterAll(() => harness.stop());
beforeEach(() => {
  room = new RemoteRoom(harness.far, { version: '11' });
  serveRoom(harness.far, room);
  held = new HeldRoom(room);
  held.hold(...room.events);
  handed = [];
  harness.writer.got.length = 0;
  harness.denied.clear();
  harness.servers.asked.length = 0;
  fillGap = fillerOf(held);
});

async function hand(events: readonly PduForRoom[]): Promise<void> {
  handed.push(...events);
}

function fillerOf(rooms: HeldRoom): FillGap {
  const states = { list: async () => [] };
  return new FillGap({ ...harness, rooms, parked: rooms, roomServers: rooms, extremities: rooms, states, hand });
}

/** Only the last event of the room is here: what it follows is where the history here ends. */
function beginWithLast(): RoomEvent {
  const { last } = room;
  held = new HeldRoom(room);
  held.hold(last);
  held.ends = last.prevEvents.map((missingEventId) => {
    return { missingEventId, eventId: last.eventId, eventNid: 1, topologicalPosition: 1 };
  });
  fillGap = fillerOf(held);
  return last;
}

const SAID = { type: 'm.room.message', content: { body: 'beside', msgtype: 'm.text' } };

function saySome(count: number): RoomEvent[] {
  return Array.from({ length: count }, (_, index) => room.say(`message ${index}`));
}

function gapBefore({ eventId, prevEvents }: RoomEvent, change: Partial<RoomGapRecord> = {}): RoomGapRecord {
  const { roomId, rules } = room;
  const parties = { origin: harness.far.name, destination: HOSTED };
  return {
    roomId,
    roomVersion: rules.version,
    eventId,
    missingEventIds: [...prevEvents],
    attempt: 1,
    ...parties,
    ...change,
  };
}

function idsOf(events: readonly { readonly eventId: string }[]): string[] {
  return events.map(({ eventId }) => eventId);
}

describe('FillGap', () => {
  it('asks who sent the event for what lies before it, and hands that on, oldest first', async () => {
    const missed = saySome(30);
    const waiting = room.say('last');
    expect(await fillGap.execute(gapBefore(waiting))).toBe('handed');
    expect(idsOf(handed.map(({ event }) => event))).toEqual(idsOf(missed));
    expect(handed[0]).toMatchObject({ room: { shard: 3 }, pair: { origin: HOSTED, destination: harness.far.name } });
    const asked = harness.servers.asked.map(({ body }) => (body instanceof Uint8Array ? {} : body));
    expect(asked[0]).toMatchObject({ latest_events: [waiting.eventId], limit: 20 });
    expect(asked).toHaveLength(2);
  });

  it('asks as another hosted server where the room denies the one that the event was sent to', async () => {
    held.joined.set(HOSTED, 1).set(ALSO_HOSTED, 1);
    harness.denied.add(HOSTED);
    const missed = saySome(2);
    expect(await fillGap.execute(gapBefore(room.say('last')))).toBe('handed');
    const pair = { origin: ALSO_HOSTED, destination: harness.far.name };
    expect(handed.map(({ event, pair: asked }) => [event.eventId, asked])).toEqual(
      missed.map(({ eventId }) => [eventId, pair]),
    );
  });

  it('stores what the history here ends before as history: it is not news', async () => {
    const said = saySome(150);
    const [end = ''] = said.slice(-1).map(({ eventId }) => eventId);
    room.join(harness.far.user('rita'));
    beginWithLast();
    const waiting = room.append({ ...SAID, prevEvents: [end] });
    expect(await fillGap.execute(gapBefore(waiting))).toBe('stored');
    expect(handed).toEqual([]);
    expect(harness.writer.last?.request.command).toMatchObject({ $case: 'storeHistory', value: { afterGap: false } });
    expect(harness.writer.stagedLast('timeline')).toEqual(idsOf(said.slice(-20)));
  });

  it('hands on what came after that, and nothing from before', async () => {
    const said = saySome(30);
    const [end = ''] = said.slice(-1).map(({ eventId }) => eventId);
    room.join(harness.far.user('rita'));
    beginWithLast();
    const missed = room.append({ ...SAID, prevEvents: [end] });
    const waiting = room.say('last');
    expect(await fillGap.execute(gapBefore(waiting))).toBe('handed');
    expect(handed.map(({ event }) => event.eventId)).toEqual([missed.eventId]);
    expect(harness.writer.last?.request.command).toMatchObject({ $case: 'storeHistory', value: { afterGap: false } });
    expect(harness.writer.stagedLast('timeline').at(-1)).toBe(end);
  });

  it('stores as history what waits itself, where the history here ends before it', async () => {
    const said = saySome(3);
    room.join(harness.far.user('rita'));
    beginWithLast();
    const [waiting] = said.slice(-1);
    if (waiting === undefined) throw new Error('three events were made');
    expect(await fillGap.execute(gapBefore(waiting))).toBe('stored');
    expect(harness.writer.stagedLast('timeline')).toEqual(idsOf(room.events).slice(0, -1));
    expect(handed).toEqual([]);
  });

  it('leaves alone what waits for a gap of its own', async () => {
    saySome(2);
    const waitsToo = room.say('waits too');
    held.parked.add(waitsToo.eventId);
    const second = saySome(2);
    const waiting = room.say('last');
    held.parked.add(waiting.eventId);
    expect(await fillGap.execute(gapBefore(waiting))).toBe('handed');
    expect(idsOf(handed.map(({ event }) => event))).toEqual(idsOf(second));
    expect(harness.servers.asked).toHaveLength(1);
  });

  it('fills gaps together that lie before what waits beside', async () => {
    const [one] = saySome(1);
    const first = room.say('first');
    const [two] = saySome(1);
    const second = room.say('second');
    for (const { eventId } of [first, second]) held.parked.add(eventId);
    expect(await fillGap.execute(gapBefore(second), [gapBefore(first)])).toBe('handed');
    expect(handed.map(({ event }) => event.eventId)).toEqual([one?.eventId, two?.eventId]);
    expect(harness.servers.asked).toHaveLength(1);
    const asked = harness.servers.asked.map(({ body }) => (body instanceof Uint8Array ? {} : body));
    expect(asked[0]).toMatchObject({ latest_events: [second.eventId, first.eventId] });
  });

  it('fills the gap itself where those beside are too wide', async () => {
    saySome(150);
    const beside = room.say('wide');
    const [missed] = saySome(1);
    const waiting = room.say('last');
    for (const { eventId } of [beside, waiting]) held.parked.add(eventId);
    expect(await fillGap.execute(gapBefore(waiting), [gapBefore(beside)])).toBe('handed');
    expect(handed.map(({ event }) => event.eventId)).toEqual([missed?.eventId]);
  });

  it('goes through what waits where nothing else is missing', async () => {
    const missed = saySome(2);
    const waitsToo = room.say('waits too');
    const waiting = room.say('last');
    for (const { eventId } of [waitsToo, waiting]) held.parked.add(eventId);
    expect(await fillGap.execute(gapBefore(waiting))).toBe('handed');
    expect(idsOf(handed.map(({ event }) => event))).toEqual(idsOf([...missed, waitsToo]));
  });

  it('does nothing where what was missing has come', async () => {
    const [missed] = saySome(1);
    const waiting = room.say('last');
    if (missed !== undefined) held.hold(missed);
    expect(await fillGap.execute(gapBefore(waiting))).toBe('not-needed');
    expect(harness.servers.asked).toEqual([]);
  });

  it('closes a gap that is too wide by the state before the oldest that it fetched', async () => {
    const missed = saySome(150);
    const waiting = room.say('last');
    expect(await fillGap.execute(gapBefore(waiting))).toBe('stored');
    expect(handed).toEqual([]);
    const { request } = harness.writer.last ?? {};
    expect(request?.command).toMatchObject({ $case: 'storeHistory', value: { afterGap: true } });
    expect(harness.writer.stagedLast('timeline')).toEqual(idsOf(missed.slice(-100)));
    const stateIds = harness.writer.stagedLast('state');
    expect(stateIds.toSorted()).toEqual(idsOf(room.state(missed[50]?.eventId)).toSorted());
    expect(harness.staged.staged.size).toBe(0);
  });

  it('fetches what is only cited for authorization, and has it stored without a place', async () => {
    const rita = harness.far.user('rita');
    const invited = { type: 'm.room.member', stateKey: rita, content: { membership: 'invite' } };
    const invite = room.append(invited);
    held.hold(invite);
    const unseen = room.build({ ...invited, content: { membership: 'invite', reason: 'again' } });
    const kept = room.events.length;
    room.add(unseen);
    expect(room.events).toHaveLength(kept + 1);
    const waiting = room.append({
      ...invited,
      sender: rita,
      content: { membership: 'join' },
      prevEvents: [invite.eventId],
      authEvents: [...room.authEventsOf({ type: 'm.room.message', content: {} }), unseen.eventId],
    });
    expect(await fillGap.execute(gapBefore(waiting, { missingEventIds: [unseen.eventId] }))).toBe('stored');
    expect(harness.writer.stagedLast('auth')).toContain(unseen.eventId);
    expect(harness.writer.stagedLast('timeline')).toEqual([]);
  });

  it('gives up what follows an event that is only ever given as one that authorizes others', async () => {
    const authorizing = room.append({ type: 'm.room.power_levels', stateKey: '', content: { users_default: 1 } });
    held.holdOutliers(authorizing);
    const waiting = room.say('last');
    harness.far.answer('POST', /get_missing_events/, () => ({ status: 200, body: { events: [] } }));
    expect(await fillGap.execute(gapBefore(waiting))).toBe('postponed');
    expect(await fillGap.execute(gapBefore(waiting, { attempt: 8 }))).toBe('dropped');
  });

  it('asks other servers of the room where the first has nothing, but no hosted one', async () => {
    const missed = saySome(2);
    const waiting = room.say('last');
    held.joined.set(HOSTED, 9).set(harness.far.name, 1).set('nobody.example', 5);
    harness.further.answer('POST', /get_missing_events/, () => 'truncated');
    const gap = gapBefore(waiting, { origin: harness.further.name });
    expect(await fillGap.execute(gap)).toBe('handed');
    expect(idsOf(handed.map(({ event }) => event))).toEqual(idsOf(missed));
    const asked = new Set(harness.servers.asked.map(({ destination }) => destination));
    expect([...asked]).toEqual([harness.further.name, 'nobody.example', harness.far.name]);
  });

  it.each(['silence', 'truncated', 'endless', 'reset'] as const)(
    'comes again later where all servers only give %s',
    async (answer) => {
      const [missed] = saySome(1);
      const waiting = room.say('last');
      for (const pattern of [/get_missing_events/, /event_auth/]) {
        harness.far.answer('POST', pattern, () => answer);
        harness.far.answer('GET', pattern, () => answer);
      }
      expect(await fillGap.execute(gapBefore(waiting))).toBe('postponed');
      expect(harness.writer.got).toEqual([]);
      expect(await fillGap.execute(gapBefore(waiting, { attempt: 8 }))).toBe('dropped');
      const { request } = harness.writer.last ?? {};
      const because = `no server gives ${missed?.eventId}`;
      expect(request?.command).toEqual({ $case: 'dropParked', value: { eventIds: [waiting.eventId], because } });
    },
  );

  it('takes no event that its server has not signed, or that is of another room', async () => {
    const [missed] = saySome(1);
    const waiting = room.say('last');
    const other = new RemoteRoom(harness.far, { version: '11' });
    const signatures = { [harness.far.name]: { [harness.far.key.keyId]: harness.far.key.sign('something else') } };
    const events = [{ ...missed?.pdu, signatures }, other.last.pdu, { nonsense: true }];
    harness.far.answer('POST', /get_missing_events/, () => ({ status: 200, body: { events } }));
    expect(await fillGap.execute(gapBefore(waiting))).toBe('postponed');
    expect(handed).toEqual([]);
  });

  it('gives up what is of a room that is not here', async () => {
    const waiting = new RemoteRoom(harness.far).say('alone');
    const gap = { ...gapBefore(waiting), roomId: waiting.roomId };
    expect(await fillGap.execute(gap)).toBe('dropped');
  });
});
