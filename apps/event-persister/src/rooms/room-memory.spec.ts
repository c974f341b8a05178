import { findRoomVersion } from '@plexus/room-dag';
import { expect, it } from 'vitest';
import type { KnownEvent } from './known-event.ts';
import type { RoomHead } from './room-head.ts';
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

it('knows whether all is here that was kept since a mark', () => {
  const memory = new RoomMemory({ rooms: 1, nodes: 1, eventBytes: 2_500 });
  memory.keepEvent(3, known(1, '$a', HERE));
  const { mark } = memory;
  memory.keepEvent(3, known(2, '$b', HERE));
  memory.keepEvent(3, known(3, '$c', HERE));
  expect(memory.findEvent(3, 1)).toBeUndefined();
  expect(memory.hasAllSince(mark)).toBe(true);
  memory.keepEvent(3, known(4, '$d', HERE));
  expect(memory.findEvent(3, 2)).toBeUndefined();
  expect(memory.hasAllSince(mark)).toBe(false);
  expect(memory.hasAllSince(memory.mark)).toBe(true);
});

it.each<[string, (memory: RoomMemory) => void]>([
  ['lose their places', (memory) => memory.dropEvents(3, [1])],
  ['go with their room', (memory) => memory.forgetRoom(HERE)],
  ['are of a shard that was another process’s', (memory) => memory.forgetShard(3)],
])('has not all any more where events %s', (_what, forget) => {
  const memory = new RoomMemory();
  memory.keepEvent(3, known(1, '$a', HERE));
  const { mark } = memory;
  forget(memory);
  expect(memory.hasAllSince(mark)).toBe(false);
});

it('has not all any more where an event is too large to be kept, or redactions were forgotten', () => {
  const small = new RoomMemory({ rooms: 1, nodes: 1, eventBytes: 1 });
  small.keepEvent(3, known(1, '$a', HERE));
  expect(small.hasAllSince(0)).toBe(false);
  const memory = new RoomMemory();
  for (let at = 0; at <= 10_000; at += 1) memory.keepRedactions(HERE, `$${at}`, ['$r']);
  expect(memory.hasAllSince(0)).toBe(false);
  expect(memory.hasAllSince(1)).toBe(true);
});

it('counts the joined users of servers that were asked about, through commits, until the room is forgotten', () => {
  const memory = new RoomMemory();
  memory.keepJoined(HERE, 'one.test', 4);
  expect(memory.findJoined(HERE, 'one.test')).toBeUndefined();
  memory.keepHead(head(HERE));
  memory.keepJoined(HERE, 'one.test', 4);
  memory.changeJoined(HERE, [
    ['one.test', 1],
    ['two.test', 1],
  ]);
  memory.replaceHead(head(HERE), []);
  expect(memory.findJoined(HERE, 'one.test')).toBe(5);
  expect(memory.findJoined(HERE, 'two.test')).toBeUndefined();
  memory.dropShard(3);
  memory.keepHead(head(HERE));
  expect(memory.findJoined(HERE, 'one.test')).toBeUndefined();
});

function head(roomId: string): RoomHead {
  const rules = findRoomVersion('11');
  if (rules === undefined) throw new Error('there is no such room version');
  return {
    shard: 3,
    roomNid: 1,
    roomId,
    rules,
    currentRoot: 1,
    extremities: [],
    topologicalPosition: 1,
    joinedCount: 4,
    invitedCount: 0,
    notifyCount: 0,
    threadNotifyCount: 0,
    erasedSenders: undefined,
    blockedFor: new Set(),
    isListed: false,
    partialJoin: undefined,
  };
}

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
    unread: undefined,
    redactedBy: [],
    stateBefore: 1,
    stateAfter: 1,
    byteLength: 100,
  };
  return { eventNid, event, status: 'accepted', ...state };
}
