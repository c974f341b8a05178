import { findRoomVersion } from '@plexus/room-dag';
import { expect, it } from 'vitest';
import type { KnownEvent } from './known-event.ts';
import { RoomMemory } from './room-memory.ts';

const [HERE, THERE] = ['!here:a.test', '!there:a.test'];

it('finds an event by its id in its own room', () => {
  const memory = new RoomMemory();
  memory.keepEvent(3, known(7, '$a', HERE));
  expect(memory.findEventById(3, HERE, '$a')?.event.eventId).toBe('$a');
  expect(memory.findEventById(3, HERE, '$b')).toBeUndefined();
});

it('does not find an event of another room, in the same shard or in another', () => {
  const memory = new RoomMemory();
  memory.keepEvent(3, known(7, '$a', HERE));
  memory.keepEvent(4, known(7, '$b', THERE));
  memory.keepEvent(3, known(8, '$c', THERE));
  expect(memory.findEventById(3, HERE, '$b')).toBeUndefined();
  expect(memory.findEventById(3, HERE, '$c')).toBeUndefined();
  expect(memory.findEventById(4, THERE, '$b')?.eventNid).toBe(7);
});

function known(eventNid: number, eventId: string, roomId: string): KnownEvent {
  const rules = findRoomVersion('11');
  if (rules === undefined) throw new Error('there is no such room version');
  const event = {
    eventId,
    roomId,
    rules,
    type: 'm.room.message',
    sender: '@u:a.test',
    stateKey: undefined,
    content: {},
    depth: 1,
    originServerTs: 1,
    prevEvents: [],
    authEvents: [],
    redacts: undefined,
    pdu: {},
  };
  const state = {
    authDepth: 1,
    topologicalPosition: 1,
    streamPosition: 1,
    stateBefore: 1,
    stateAfter: 1,
    byteLength: 100,
  };
  return { eventNid, event, status: 'accepted', ...state };
}
