import { RemoteRoom } from '@plexus/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRemoteRooms } from '../../test-support/remote-rooms-harness.ts';
import type { RemoteRoomsHarness } from '../../test-support/remote-rooms-harness.ts';
import { citedIds, verifyEvents } from './verify-events.ts';

let harness: RemoteRoomsHarness;
let room: RemoteRoom;

beforeAll(async () => {
  harness = await openRemoteRooms();
});
afterAll(() => harness.stop());
beforeEach(() => {
  room = new RemoteRoom(harness.far, { version: '11' });
});

function verify(values: Parameters<typeof verifyEvents>[2]) {
  return verifyEvents(harness.checker, room, values);
}

describe('verifyEvents', () => {
  it('gives each event once, those with the least depth first', async () => {
    const [first, second] = [room.say('one'), room.say('two')];
    const verified = await verify([second.pdu, first.pdu, second.pdu]);
    expect(verified.map(({ eventId }) => eventId)).toEqual([first.eventId, second.eventId]);
    expect(verified.map(({ depth }) => depth)).toEqual([first.depth, second.depth]);
    expect(JSON.parse(verified[0]?.bytes.toString() ?? '')).toEqual(first.pdu);
  });

  it('gives the redacted form of what somebody changed', async () => {
    const { pdu, eventId } = room.say('as it was');
    const [verified] = await verify([{ ...pdu, content: { body: 'as it is not' } }]);
    expect(verified).toMatchObject({ eventId, isRedactedCopy: true });
    expect(JSON.parse(verified?.bytes.toString() ?? '')).toMatchObject({ content: {} });
  });

  it('drops, each by itself, what is no event, of another room, or not signed by its sender’s server', async () => {
    const good = room.say('good');
    const other = new RemoteRoom(harness.far, { version: '11' }).last;
    const foreign = room.build({ type: 'm.room.message', sender: harness.further.user('eve'), content: {} });
    const values = [
      null,
      'text',
      {},
      { ...good.pdu, depth: 'deep' },
      other.pdu,
      foreign.pdu,
      { ...good.pdu, signatures: {} },
    ];
    expect(await verify([...values, good.pdu])).toMatchObject([{ eventId: good.eventId }]);
  });
});

it('citedIds reads ids in all versions', () => {
  const references = { prev_events: ['$a', ['$b', { sha256: 'x' }], [], 7], auth_events: 'none' };
  expect(citedIds(references, 'prev_events')).toEqual(['$a', '$b']);
  expect(citedIds(references, 'auth_events')).toEqual([]);
});
