import { decodeSyncToken, encodeSyncToken } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestEnd } from '../sessions/request-end.ts';
import { RoomScript, SyncHarness } from '../../test-support/sync-harness.ts';
import type { ClientEventBody } from '../../test-support/sync-harness.ts';

const [alice, bob, carol] = ['@alice:a.example', '@bob:b.example', '@carol:a.example'] as const;

interface EventsBody {
  readonly start: string;
  readonly end: string;
  readonly chunk: readonly (ClientEventBody & { readonly room_id: string })[];
}

let harness: SyncHarness;
let room: RoomScript;

beforeEach(async () => {
  harness = await SyncHarness.started();
  room = new RoomScript(harness, '!room:a.example');
  room.create(alice);
});

async function events(
  userId: string,
  { from, timeout = 0, roomId }: { from?: string; timeout?: number; roomId?: string } = {},
): Promise<EventsBody> {
  const body = await harness.parts.answerEvents.execute({
    userId,
    deviceId: 'DEVICE',
    setPresence: 'online',
    from: from === undefined ? undefined : decodeSyncToken(from),
    timeout,
    roomId,
    end: new RequestEnd(),
  });
  return JSON.parse(body) as EventsBody;
}

const namesOf = ({ chunk }: EventsBody): unknown[] =>
  chunk.map(({ type, content }) => content['body'] ?? content['membership'] ?? type);

const statusOf = async (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 200,
    (error: unknown) => (error instanceof MatrixError ? error.httpStatus : error),
  );

describe('without a place', () => {
  it('begins now', async () => {
    room.say(alice, 'before');
    const { start, end, chunk } = await events(alice);
    expect([chunk, start]).toEqual([[], end]);
    room.say(alice, 'after');
    expect(namesOf(await events(alice, { from: end }))).toEqual(['after']);
  });
});

describe('from a place', () => {
  it('tells what came since, with the room of each, and goes on from its end', async () => {
    const other = new RoomScript(harness, '!other:a.example');
    other.create(alice);
    const { end: from } = await events(alice);
    room.say(alice, 'one');
    other.say(alice, 'two');
    const told = await events(alice, { from });
    expect(told.chunk.map(({ room_id }) => room_id).toSorted()).toEqual([other.roomId, room.roomId]);
    expect(told.start).toBe(from);
    expect(namesOf(await events(alice, { from: told.end }))).toEqual([]);
  });

  it('waits for the next event', async () => {
    const { end: from } = await events(alice);
    const waiting = events(alice, { from, timeout: 60_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    room.say(alice, 'at last');
    expect(namesOf(await waiting)).toEqual(['at last']);
  });

  it('is answered without events when the time is over', async () => {
    const { end: from } = await events(alice);
    const waiting = events(alice, { from, timeout: 1000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    harness.clock.advance(1000);
    expect(namesOf(await waiting)).toEqual([]);
  });

  it('tells an invite, a join and the end of it, and nothing of what the user may not see', async () => {
    room.state('m.room.history_visibility', { history_visibility: 'joined' });
    const { end: from } = await events(carol);
    room.say(alice, 'secret');
    room.member(carol, 'invite', { sender: alice });
    const invited = await events(carol, { from });
    expect(namesOf(invited)).toEqual(['invite']);
    room.say(alice, 'still secret');
    room.member(carol, 'join');
    const joined = await events(carol, { from: invited.end });
    expect(namesOf(joined)).toEqual(['join']);
    room.say(alice, 'for all');
    room.member(carol, 'ban', { sender: alice });
    room.say(alice, 'without carol');
    expect(namesOf(await events(carol, { from: joined.end }))).toEqual(['for all', 'ban']);
  });

  it('leaves to-device messages to /sync', async () => {
    const { next_batch: since } = await harness.sync(alice);
    await harness.sendToDevice(alice, { secret: 1 });
    await events(alice, { from: since });
    await events(alice);
    expect((await harness.sync(alice, { since })).to_device?.events).toHaveLength(1);
  });

  it('is refused where the place is of another time or deployment', async () => {
    const { end } = await events(alice);
    const token = decodeSyncToken(end);
    if (token === undefined) throw new Error('no token');
    const older = encodeSyncToken({ ...token, generation: token.generation + 1 });
    const foreign = encodeSyncToken({ ...token, positions: [1] });
    expect(await statusOf(events(alice, { from: older }))).toBe(400);
    expect(await statusOf(events(alice, { from: foreign }))).toBe(400);
  });

  it('is refused where its time ends while it waits', async () => {
    const { end: from } = await events(alice);
    const waiting = statusOf(events(alice, { from, timeout: 30_000 }));
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    harness.rooms.generation = 2;
    await harness.parts.follower.sweep();
    expect(await waiting).toBe(400);
  });
});

describe('of one room', () => {
  it('leaves out the others', async () => {
    const other = new RoomScript(harness, '!other:a.example');
    other.create(alice);
    const { end: from } = await events(alice);
    room.say(alice, 'one');
    other.say(alice, 'two');
    expect(namesOf(await events(alice, { from, roomId: other.roomId }))).toEqual(['two']);
  });

  it('looks into a room whose history anybody may read, and waits for it', async () => {
    room.state('m.room.history_visibility', { history_visibility: 'world_readable' });
    const { end: from } = await events(bob);
    room.say(alice, 'for the world');
    const first = await events(bob, { from, roomId: room.roomId });
    expect(namesOf(first)).toEqual(['for the world']);
    const waiting = events(bob, { from: first.end, roomId: room.roomId, timeout: 60_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    room.say(alice, 'more');
    expect(namesOf(await waiting)).toEqual(['more']);
    expect(harness.parts.tail.findRoom(room.roomId)?.watchers.size).toBe(0);
  });

  it('is refused to others where it is not world-readable, or there is none', async () => {
    expect(await statusOf(events(bob, { roomId: room.roomId }))).toBe(403);
    expect(await statusOf(events(bob, { roomId: '!none:a.example' }))).toBe(403);
  });
});
