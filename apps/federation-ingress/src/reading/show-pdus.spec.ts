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
    servers: { isHosted: (serverName) => serverName === 'a.example' },
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

  it('redacts what other servers’ users said while members of the room are missing, but to their own server', async () => {
    const [rhea, carol] = ['@rhea:b.example', '@carol:c.example'];
    const name = { roomId, type: 'm.room.name', sender: carol, stateKey: '', content: { name: 'Room' } };
    const events = [say(ALICE), say(rhea), say(carol), eventOf(rooms.append(name))];
    views = events.map(() => true);
    const whole = await room();
    const contents = async (at: typeof whole): Promise<unknown[]> =>
      (await show.forServer(at, events, 'b.example')).map((json) => (JSON.parse(json) as { content: unknown }).content);
    const said = { body: 'hello' };
    expect(await contents({ ...whole, partialJoin: 1 })).toEqual([said, said, {}, {}]);
    expect(await contents(whole)).toEqual([said, said, said, { name: 'Room' }]);
  });

  it('gives states in full, whatever the server may see of what was said', async () => {
    const event = say(BOB);
    [views, erased] = [[false], [BOB]];
    expect(await show.inFull(await room(), [event])).toEqual([event.json.toString()]);
  });
});
