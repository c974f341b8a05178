import { redactEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { RoomReader, StoredEvent } from '@plexus/storage';
import { FakeRooms } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ShowPdus } from './show-pdus.ts';

const roomId = '!room:a.example';
const ALICE = '@alice:a.example';
const BOB = '@bob:a.example';

let rooms: FakeRooms;
let views: boolean[];
let erased: string[];
let show: ShowPdus;
beforeEach(() => {
  rooms = new FakeRooms(1);
  [views, erased] = [[], []];
  show = new ShowPdus({
    redactions: {
      show: async (room, stored) => ({
        stored,
        event: readEvent(stored, room.roomVersion),
        redactedBecause: undefined,
      }),
    },
    visibility: { view: async () => views },
    users: { findErasedUsers: async (userIds) => new Set(erased.filter((userId) => userIds.includes(userId))) },
  });
  rooms.append({ roomId, type: 'm.room.create', sender: ALICE, stateKey: '', content: {} });
});

function say(sender: string): StoredEvent {
  return eventOf(rooms.append({ roomId, type: 'm.room.message', sender, content: { body: 'hello' } }));
}

function eventOf({ event }: ReturnType<FakeRooms['append']>): StoredEvent {
  if (event === undefined) throw new Error('there is an event');
  return event;
}

async function room(): Promise<NonNullable<Awaited<ReturnType<RoomReader['findRoom']>>>> {
  const found = await rooms.findRoom(roomId);
  if (found === undefined) throw new Error('the room is there');
  return found;
}

describe('ShowPdus', () => {
  it('gives events as they are stored, and what the server may not see redacted, in their order', async () => {
    const events = [say(ALICE), say(BOB)];
    views = [true, false];
    const [shown, hidden] = await show.forServer(await room(), events, 'b.example');
    expect(shown).toBe(events[0]?.json.toString());
    const { roomVersion } = await room();
    expect(hidden).toBe(events[1] && redactEvent(readEvent(events[1], roomVersion)).bytes.toString());
  });

  it('redacts what users said who were erased, and leaves their state alone', async () => {
    const name = { roomId, type: 'm.room.name', sender: BOB, stateKey: '', content: { name: 'Room' } };
    const events = [say(ALICE), say(BOB), eventOf(rooms.append(name))];
    views = events.map(() => true);
    erased = [BOB];
    const shown = await show.forServer(await room(), events, 'b.example');
    const contents = shown.map((json) => (JSON.parse(json) as { content: unknown }).content);
    expect(contents).toEqual([{ body: 'hello' }, {}, { name: 'Room' }]);
  });

  it('gives states in full, whatever the server may see of what was said', async () => {
    const event = say(BOB);
    [views, erased] = [[false], [BOB]];
    expect(await show.inFull(await room(), [event])).toEqual([event.json.toString()]);
  });
});
