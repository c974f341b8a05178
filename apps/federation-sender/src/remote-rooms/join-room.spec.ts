import { RemoteRoom, serveRoom } from '@plexus/testing';
import type { ImportRoom } from '@plexus/rpc';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALICE, HOSTED, openRemoteRooms } from '../../test-support/remote-rooms-harness.ts';
import type { RemoteRoomsHarness } from '../../test-support/remote-rooms-harness.ts';
import { JoinRoom } from './join-room.ts';

let harness: RemoteRoomsHarness;
let room: RemoteRoom;
let joinRoom: JoinRoom;
/** What is known of members that are missing, and whether somebody was told to fetch them. */
let expected: unknown[];

beforeAll(async () => {
  harness = await openRemoteRooms();
});
afterAll(() => harness.stop());
beforeEach(() => {
  room = new RemoteRoom(harness.far, { version: '11' });
  serveRoom(harness.far, room);
  harness.writer.got.length = 0;
  harness.servers.asked.length = 0;
  harness.writer.reply = undefined;
  expected = [];
  const completion = {
    expect: async (join: object) => void expected.push(join, harness.writer.got.length),
    begin: () => void expected.push('begin'),
  };
  joinRoom = new JoinRoom({ ...harness, completion });
});

function join(servers: readonly string[], content = {}) {
  return joinRoom.execute({ roomId: room.roomId, userId: ALICE, membership: 'join', servers, content });
}

/** What the room's owner was given last. */
function handedOver(): ImportRoom {
  const command = harness.writer.last?.request.command;
  if (command?.$case !== 'importRoom') throw new Error('no room was handed over');
  return command.value;
}

describe('JoinRoom', () => {
  it('asks one server after the other, hands the room to its owner, and says later who else is in it', async () => {
    harness.further.answer('GET', /make_join/, () => 'truncated');
    room.join(harness.far.user('rita'));
    const outcome = await join([HOSTED, 'no name', harness.further.name, harness.far.name], { displayname: 'Alice' });
    expect(outcome).toEqual({ outcome: 'done', eventId: room.last.eventId });
    expect(room.last.content).toEqual({ membership: 'join', displayname: 'Alice' });
    const { joinEvent, events, eventsInPieces, ...value } = handedOver();
    expect(value).toMatchObject({ roomVersion: '11', origin: harness.far.name, destination: HOSTED, partial: true });
    expect(joinEvent?.eventId).toBe(room.last.eventId);
    const create = room.stateEvent('m.room.create', '')?.eventId;
    expect(events[0]).toMatchObject({ eventId: create, isInState: true, isRedactedCopy: false });
    expect(events.map(({ eventId }) => eventId)).not.toContain(
      room.stateEvent('m.room.member', harness.far.user('rita'))?.eventId,
    );
    expect(eventsInPieces).toBe(events.length);
    expect(harness.writer.last?.staged).toEqual([]);
    const { roomId, last } = room;
    const partial = {
      roomId,
      roomVersion: '11',
      destination: HOSTED,
      joinEventId: last.eventId,
      server: harness.far.name,
    };
    // That members are missing is known before the room is there.
    expect(expected).toEqual([partial, 0, 'begin']);
  });

  it('expects nothing where the state is whole', async () => {
    const state = room.state().map(({ pdu }) => pdu);
    harness.far.answerIf(
      'PUT',
      /send_join/,
      ({ path }) => path.includes(room.roomId),
      () => {
        return { status: 200, body: { state, auth_chain: [], members_omitted: false } };
      },
    );
    expect(await join([harness.far.name])).toMatchObject({ outcome: 'done' });
    expect(expected).toEqual([]);
    expect(harness.writer.last?.request.command).toMatchObject({
      $case: 'importRoom',
      value: { partial: false, serversInRoom: [] },
    });
  });

  it.each([
    ['a template of somebody else', { content: { membership: 'join' }, sender: '@eve:far.example' }],
    ['a template of another membership', { content: { membership: 'leave' } }],
  ])('sends no event by %s', async (_, change) => {
    harness.far.answerIf(
      'GET',
      /make_join/,
      ({ path }) => path.includes(room.roomId),
      () => {
        const event = {
          type: 'm.room.member',
          room_id: room.roomId,
          sender: ALICE,
          state_key: ALICE,
          prev_events: [],
          auth_events: [],
          depth: 1,
        };
        return { status: 200, body: { room_version: '11', event: { ...event, ...change } } };
      },
    );
    expect(await join([harness.far.name])).toMatchObject({ outcome: 'refused', httpStatus: 502 });
    expect(harness.servers.asked.map(({ method }) => method)).toEqual(['GET']);
  });

  it('gives no room to its owner that has no create event', async () => {
    harness.far.answerIf(
      'PUT',
      /send_join/,
      ({ path }) => path.includes(room.roomId),
      () => {
        return { status: 200, body: { state: [], auth_chain: [] } };
      },
    );
    expect(await join([harness.far.name])).toMatchObject({ outcome: 'refused' });
    expect(harness.writer.got).toEqual([]);
  });

  it('passes on what the owner says, and leaves nothing staged', async () => {
    const value = { errcode: 'M_FORBIDDEN', httpStatus: 403, error: 'no', rule: 'member.join' };
    harness.writer.reply = () => ({ $case: 'refused', value });
    expect(await join([harness.far.name])).toMatchObject({
      outcome: 'refused',
      errcode: 'M_FORBIDDEN',
      httpStatus: 403,
    });
    expect(harness.staged.staged.size).toBe(0);
  });

  it.each([
    ['has many events', 250, 0],
    ['has large ones', 10, 30_000],
  ])('stages a room whose state %s', async (_, topics, length) => {
    const text = 'x'.repeat(length);
    for (let index = 0; index < topics; index += 1)
      room.append({ type: 'org.example.note', stateKey: `${index}`, content: { text } });
    expect(await join([harness.far.name])).toMatchObject({ outcome: 'done', eventId: room.last.eventId });
    const { importId, ...command } = handedOver();
    expect(command).toEqual({
      roomVersion: '11',
      origin: harness.far.name,
      destination: HOSTED,
      partial: true,
      serversInRoom: [harness.far.name, HOSTED],
      events: [],
    });
    expect(importId).toBe(harness.writer.last?.request.commandId);
    expect(harness.writer.stagedLast('timeline')).toEqual([room.last.eventId]);
    expect(harness.writer.stagedLast('state').length).toBeGreaterThan(topics);
    expect(harness.staged.staged.size).toBe(0);
  });

  it('stages a room for an owner of the release before, which looks for pieces', async () => {
    const value = { errcode: 'M_UNKNOWN', httpStatus: 503, error: 'no pieces', rule: 'import.forgotten' };
    harness.writer.reply = ({ command }) =>
      command?.$case === 'importRoom' && command.value.eventsInPieces !== undefined
        ? { $case: 'refused', value }
        : { $case: 'stored', value: { eventIds: [room.last.eventId], position: 1 } };
    expect(await join([harness.far.name])).toMatchObject({ outcome: 'done', eventId: room.last.eventId });
    expect(harness.writer.got).toHaveLength(2);
    expect(harness.writer.stagedLast('timeline')).toEqual([room.last.eventId]);
    expect(harness.staged.staged.size).toBe(0);
  });

  it('keeps what is staged where it is not known whether the owner took it', async () => {
    harness.writer.reply = ({ command }) =>
      command?.$case === 'importRoom' && command.value.events.length > 0
        ? { $case: 'refused', value: { errcode: 'M_UNKNOWN', httpStatus: 400, error: 'no', rule: 'import.staged' } }
        : { $case: 'failed', value: { error: 'nobody owns it' } };
    expect(await join([harness.far.name])).toMatchObject({ outcome: 'refused', httpStatus: 503 });
    expect(harness.staged.staged.size).toBe(1);
    harness.staged.staged.clear();
  });
});
