import { decodeSyncToken } from '@plexus/matrix-api';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomScript, SyncHarness, textsOf } from '../../test-support/sync-harness.ts';
import type { SyncBody } from '../../test-support/sync-harness.ts';
import { RequestEnd } from '../sessions/request-end.ts';

const [alice, carol] = ['@alice:a.example', '@carol:a.example'] as const;

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

describe('long polling', () => {
  it('answers in the tick in which the record arrives', async () => {
    const since = await syncedAlice();
    const answered: SyncBody[] = [];
    void harness.sync(alice, { since, timeout: 30_000 }).then((body) => answered.push(body));
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    room.say(alice, 'now');
    for (let turn = 0; turn < 50 && answered.length === 0; turn += 1) await Promise.resolve();
    expect(answered.map((body) => textsOf(joined(body)))).toEqual([['now']]);
    expect(harness.lastKind).toBe('waited');
    expect(harness.clock.timers).toBe(0);
  });

  it('answers with an empty response and a newer token when the time is over', async () => {
    const since = await syncedAlice();
    const filter = { room: { timeline: { types: ['org.example'] } } };
    const waiting = harness.sync(alice, { since, filter, timeout: 30_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    room.say(alice, 'filtered out');
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    harness.clock.advance(30_000);
    const body = await waiting;
    expect(body.rooms).toBeUndefined();
    expect(decodeSyncToken(body.next_batch)?.positions).toEqual(await harness.rooms.readPositions());
  });

  it('wakes only those whom the event concerns', async () => {
    await syncedAlice();
    const other = (await harness.sync(carol)).next_batch;
    const waiting = harness.sync(carol, { since: other, timeout: 30_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    const session = await harness.parts.sessions.open(carol);
    const changes = session.changes;
    room.say(alice, 'not for carol');
    expect(session.changes).toBe(changes);
    room.member(carol, 'invite', { sender: alice });
    expect((await waiting).rooms?.invite).toHaveProperty([room.roomId]);
  });

  it('ends an older request of the same device, not of another', async () => {
    const since = await syncedAlice();
    const older = harness.sync(alice, { since, timeout: 30_000 });
    const other = harness.sync(alice, { since, timeout: 30_000, deviceId: 'OTHER' });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(2));
    const newer = harness.sync(alice, { since, timeout: 30_000 });
    expect((await older).rooms).toBeUndefined();
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(2));
    room.say(alice, 'one');
    expect(textsOf(joined(await newer))).toEqual(['one']);
    expect(textsOf(joined(await other))).toEqual(['one']);
  });

  it('stops waiting when the client has gone', async () => {
    const since = await syncedAlice();
    const end = new RequestEnd();
    const waiting = harness.sync(alice, { since, timeout: 30_000, end });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    end.reach('gone');
    await waiting;
    expect(harness.parts.sessions.size.waiting).toBe(0);
  });

  it('answers all who wait when the process begins to stop, and who asks then', async () => {
    const since = await syncedAlice();
    const waiting = ['A', 'B'].map((deviceId) => harness.sync(alice, { since, timeout: 30_000, deviceId }));
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(2));
    harness.draining.abort();
    for (const body of await Promise.all(waiting)) expect(body.rooms).toBeUndefined();
    expect((await harness.sync(alice, { since, timeout: 30_000 })).next_batch).toBe(since);
    expect(harness.clock.timers).toBe(0);
  });

  it('forgets a user who does not come back', async () => {
    await syncedAlice();
    harness.clock.advance(120_000);
    harness.parts.sessions.dropIdle();
    expect(harness.parts.sessions.size.sessions).toBe(0);
  });
});
