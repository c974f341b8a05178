import { decodeSyncToken, encodeSyncToken } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { FakeRooms } from '@plexus/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomScript, SyncHarness, textsOf } from '../../test-support/sync-harness.ts';
import type { SyncBody } from '../../test-support/sync-harness.ts';

const alice = '@alice:a.example';

let harness: SyncHarness;
let room: RoomScript;

beforeEach(async () => {
  harness = await SyncHarness.started();
  room = new RoomScript(harness, '!room:a.example');
});

async function syncedAlice(): Promise<string> {
  room.create(alice);
  return (await harness.sync(alice)).next_batch;
}

const joined = (body: SyncBody, roomId = room.roomId) => body.rooms?.join?.[roomId];

describe('tokens', () => {
  it('of another deployment are refused', async () => {
    await syncedAlice();
    const since = encodeSyncToken({
      generation: 1,
      bootId: 1,
      userPosition: 0,
      deviceListPosition: 0,
      ephemeralPosition: 0,
      positions: [1],
    });
    await expect(harness.sync(alice, { since })).rejects.toThrow(MatrixError);
  });

  it('of an earlier generation are answered from the beginning', async () => {
    const since = await syncedAlice();
    const { positions = [] } = decodeSyncToken(since) ?? {};
    const old = encodeSyncToken({
      generation: 0,
      bootId: 1,
      userPosition: 0,
      deviceListPosition: 0,
      ephemeralPosition: 0,
      positions: positions.map((at) => at + 1000),
    });
    expect(textsOf(joined(await harness.sync(alice, { since: old })))).toHaveLength(3);
  });

  it('that are ahead of this replica are waited for, and read from Postgres', async () => {
    await syncedAlice();
    const other = await SyncHarness.started({ rooms: harness.rooms });
    const { next_batch: ahead } = await other.sync(alice);
    const row = harness.rooms.append({
      roomId: room.roomId,
      type: 'm.room.message',
      sender: alice,
      content: { body: 'lost' },
    });
    other.arrive(row);
    const { next_batch: since } = await other.sync(alice, { since: ahead });
    harness.rooms.append({ roomId: room.roomId, type: 'm.room.message', sender: alice, content: { body: 'next' } });
    expect((await harness.sync(alice, { since })).rooms).toBeUndefined();
    expect(textsOf(joined(await harness.sync(alice, { since: ahead })))).toEqual(['lost']);
  });

  it('that cannot be reached are given back as they are', async () => {
    const since = await syncedAlice();
    const token = decodeSyncToken(since);
    const ahead = encodeSyncToken({
      generation: 1,
      bootId: 7,
      userPosition: 0,
      deviceListPosition: 0,
      ephemeralPosition: 0,
      positions: (token?.positions ?? []).map((at) => at + 5),
    });
    const waiting = harness.sync(alice, { since: ahead, timeout: 1000 });
    await vi.waitFor(() => expect(harness.clock.timers).toBe(1));
    harness.clock.advance(5000);
    expect(await waiting).toMatchObject({ next_batch: ahead });
    expect(await waiting).not.toHaveProperty('rooms');
  });

  it('never decrease, and sessions begin anew with a new generation', async () => {
    const since = await syncedAlice();
    harness.rooms.generation = 2;
    await harness.parts.follower.sweep();
    room.say(alice, 'new generation');
    const body = await harness.sync(alice, { since });
    expect(decodeSyncToken(body.next_batch)?.generation).toBe(2);
    expect(textsOf(joined(body))?.at(-1)).toBe('new generation');
  });

  it('that wait while a new generation begins are answered from the beginning', async () => {
    const since = await syncedAlice();
    const waiting = harness.sync(alice, { since, timeout: 30_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    harness.rooms.generation = 2;
    await harness.parts.follower.sweep();
    const body = await waiting;
    expect(decodeSyncToken(body.next_batch)?.generation).toBe(2);
    expect(textsOf(joined(body))).toHaveLength(3);
  });

  it('that cannot be reached before a new generation begins keep their own', async () => {
    const since = await syncedAlice();
    const token = decodeSyncToken(since);
    if (token === undefined) throw new Error('no token');
    const ahead = encodeSyncToken({ ...token, positions: token.positions.map((at) => at + 5) });
    const waiting = harness.sync(alice, { since: ahead, timeout: 1000 });
    await vi.waitFor(() => expect(harness.clock.timers).toBe(1));
    harness.rooms.generation = 2;
    await harness.parts.follower.sweep();
    harness.clock.advance(5000);
    expect(decodeSyncToken((await waiting).next_batch)?.generation).toBe(1);
  });
});

describe('the tail', () => {
  it('is bounded, and what has left it is read from Postgres', async () => {
    const small = await SyncHarness.started({ rooms: new FakeRooms(3), settings: { tailBytes: 5000 } });
    const script = new RoomScript(small, room.roomId);
    script.create(alice);
    const { next_batch: since } = await small.sync(alice);
    for (let index = 0; index < 50; index += 1) script.say(alice, `m${index}`);
    expect(small.parts.tail.size.bytes).toBeLessThanOrEqual(5000);
    const filter = { room: { timeline: { limit: 100 } } };
    const body = joined(await small.sync(alice, { since, filter }));
    expect(textsOf(body)).toEqual(Array.from({ length: 50 }, (_, index) => `m${index}`));
    expect(body?.timeline.limited).toBe(false);
  });
});
