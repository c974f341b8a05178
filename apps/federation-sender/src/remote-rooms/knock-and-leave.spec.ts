import { parseJson } from '@plexus/matrix-base';
import { RemoteRoom, serveRoom } from '@plexus/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALICE, HOSTED, openRemoteRooms } from '../../test-support/remote-rooms-harness.ts';
import type { RemoteRoomsHarness } from '../../test-support/remote-rooms-harness.ts';
import { KnockRoom } from './knock-room.ts';
import { LeaveRoom } from './leave-room.ts';

let harness: RemoteRoomsHarness;
let room: RemoteRoom;

beforeAll(async () => {
  harness = await openRemoteRooms();
});
afterAll(() => harness.stop());
beforeEach(() => {
  room = new RemoteRoom(harness.far, { version: '11', joinRule: 'knock' });
  room.append({ type: 'm.room.name', stateKey: '', content: { name: 'Door' } });
  serveRoom(harness.far, room);
  harness.writer.got.length = 0;
  harness.writer.reply = undefined;
  harness.servers.asked.length = 0;
});

function wanted<M extends 'knock' | 'leave'>(membership: M, servers: readonly string[] = [harness.far.name]) {
  return { roomId: room.roomId, userId: ALICE, membership, servers, content: { reason: 'because' } };
}

function command() {
  return harness.writer.last?.request.command;
}

describe('KnockRoom', () => {
  it('has a knock taken by a server of the room, and keeps it with what the room says of itself', async () => {
    const outcome = await new KnockRoom(harness).execute(wanted('knock'));
    expect(outcome).toEqual({ outcome: 'done', eventId: room.last.eventId });
    expect(room.last).toMatchObject({ sender: ALICE, content: { membership: 'knock', reason: 'because' } });
    const stored = command();
    if (stored?.$case !== 'receiveMembership') throw new Error('no membership was stored');
    const { eventId, userId, origin, onlyFrom, strippedState } = stored.value;
    expect({ eventId, userId, origin, onlyFrom }).toEqual({
      eventId: room.last.eventId,
      userId: ALICE,
      origin: harness.far.name,
      onlyFrom: [],
    });
    const parsed = parseJson(strippedState);
    expect(parsed.outcome === 'ok' && parsed.value).toContainEqual(
      expect.objectContaining({ type: 'm.room.name', content: { name: 'Door' } }),
    );
  });

  it('names only versions in which there is knocking', async () => {
    await new KnockRoom(harness).execute(wanted('knock'));
    expect(harness.servers.asked[0]?.query).toEqual({ ver: ['7', '8', '9', '10', '11', '12'] });
  });

  it('stores nothing where nobody takes the knock', async () => {
    const outcome = await new KnockRoom(harness).execute(wanted('knock', ['nobody.example', HOSTED]));
    expect(outcome).toMatchObject({ outcome: 'refused', httpStatus: 404 });
    harness.far.answerIf(
      'PUT',
      /send_knock/,
      ({ path }) => path.includes(room.roomId),
      () => {
        return { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'go away' } };
      },
    );
    expect(await new KnockRoom(harness).execute(wanted('knock'))).toMatchObject({ httpStatus: 403, error: 'go away' });
    expect(harness.writer.got).toEqual([]);
  });
});

describe('LeaveRoom', () => {
  it('has a leave taken by a server of the room', async () => {
    const outcome = await new LeaveRoom(harness).execute(wanted('leave'));
    expect(outcome.outcome).toBe('done');
    expect(room.last).toMatchObject({ sender: ALICE, content: { membership: 'leave', reason: 'because' } });
    expect(command()).toMatchObject({
      $case: 'receiveMembership',
      value: { eventId: room.last.eventId, origin: harness.far.name, onlyFrom: ['invite', 'knock'] },
    });
  });

  it.each(['silence', 'truncated', 'endless', 'reset'] as const)(
    'rids the user of the invite although the only server gives %s',
    async (answer) => {
      harness.far.answerIf(
        'GET',
        /make_leave/,
        ({ path }) => path.includes(room.roomId),
        () => answer,
      );
      const outcome = await new LeaveRoom(harness).execute(wanted('leave'));
      expect(outcome.outcome).toBe('done');
      expect(command()).toMatchObject({
        $case: 'receiveMembership',
        value: { userId: ALICE, eventId: '', origin: '', roomVersion: '', reason: 'because' },
      });
    },
  );

  it('passes on that there was nothing to leave', async () => {
    const value = { errcode: 'M_FORBIDDEN', httpStatus: 403, error: 'not invited', rule: '' };
    harness.writer.reply = () => ({ $case: 'refused', value });
    expect(await new LeaveRoom(harness).execute(wanted('leave'))).toMatchObject({
      outcome: 'refused',
      httpStatus: 403,
    });
  });
});
