import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomScript, SyncHarness } from '../../test-support/sync-harness.ts';
import type { SyncBody, SyncOptions } from '../../test-support/sync-harness.ts';

const [alice, carol] = ['@alice:a.example', '@carol:a.example'];

let harness: SyncHarness;
let room: RoomScript;

beforeEach(async () => {
  harness = await SyncHarness.started();
  room = new RoomScript(harness, '!room:a.example');
  room.create(alice);
  room.member(carol, 'join');
});

const starts = (userId: string, timeoutMs = 1000): void =>
  harness.parts.typing.start(room.roomId, userId, { now: harness.clock.now(), timeoutMs });
const typersOf = (body: SyncBody): unknown =>
  body.rooms?.join?.[room.roomId]?.ephemeral?.events.find(({ type }) => type === 'm.typing')?.content['user_ids'];
const sync = (options: SyncOptions = {}): Promise<SyncBody> => harness.sync(alice, options);

describe('typing', () => {
  it('is told once, and again when it ends', async () => {
    const { next_batch: first } = await sync();
    starts(carol);
    const typed = await sync({ since: first });
    expect(typersOf(typed)).toEqual([carol]);
    expect((await sync({ since: typed.next_batch })).rooms).toBeUndefined();
    harness.parts.typing.stop(room.roomId, carol, harness.clock.now());
    expect(typersOf(await sync({ since: typed.next_batch }))).toEqual([]);
  });

  it('comes with the name of the state that was asked for', async () => {
    const { next_batch: since } = await sync();
    starts(carol);
    for (const useStateAfter of [false, true]) {
      const told = (await sync({ since, useStateAfter })).rooms?.join?.[room.roomId];
      const [asked, other] = useStateAfter ? (['state_after', 'state'] as const) : (['state', 'state_after'] as const);
      expect([told?.[asked], told?.[other]]).toEqual([{ events: [] }, undefined]);
    }
  });

  it('wakes who waits, and ends with its time', async () => {
    const { next_batch: since } = await sync();
    const waiting = sync({ since, timeout: 60_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    starts(carol, 1000);
    const typed = await waiting;
    expect([typersOf(typed), harness.lastKind]).toEqual([[carol], 'waited']);
    const afterwards = sync({ since: typed.next_batch, timeout: 60_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
    harness.parts.typing.expire(harness.clock.now() + 1000);
    expect(typersOf(await afterwards)).toEqual([]);
  });

  it('elsewhere does not make a client look at its rooms', async () => {
    const { next_batch: since } = await sync();
    harness.parts.typing.start('!elsewhere:a.example', carol, { now: harness.clock.now(), timeoutMs: 1000 });
    const session = await harness.parts.sessions.open(alice);
    const all = vi.spyOn(session.memberships, 'values');
    room.say(carol, 'hello');
    expect(Object.keys((await sync({ since })).rooms?.join ?? {})).toEqual([room.roomId]);
    // Once, for the rooms in which anything was logged.
    expect(all).toHaveBeenCalledTimes(1);
  });

  it('ends when the user leaves', async () => {
    starts(carol);
    const { next_batch: since } = await sync();
    room.member(carol, 'leave');
    expect(typersOf(await sync({ since }))).toEqual([]);
  });

  it('is in an initial sync where somebody types, and nowhere else', async () => {
    expect(typersOf(await sync())).toBeUndefined();
    starts(carol);
    expect(typersOf(await sync())).toEqual([carol]);
    harness.parts.typing.stop(room.roomId, carol, harness.clock.now());
    expect(typersOf(await sync())).toBeUndefined();
  });

  it('is told again to a client that comes from another replica', async () => {
    const other = await SyncHarness.started({ rooms: harness.rooms, bootId: 8 });
    starts(carol);
    const { next_batch: since } = await sync();
    other.parts.typing.start(room.roomId, carol, { now: other.clock.now(), timeoutMs: 1000 });
    const there = await other.sync(alice, { since });
    expect(typersOf(there)).toEqual([carol]);
    expect(typersOf(await sync({ since: there.next_batch }))).toEqual([carol]);
  });

  it.each([
    { not_types: ['m.typing'] },
    { types: ['m.receipt'] },
    { rooms: ['!other:a.example'] },
    { not_rooms: ['!room:a.example'] },
  ])('is left out by the filter %j', async (ephemeral) => {
    const { next_batch: since } = await sync();
    starts(carol);
    expect((await sync({ since, filter: { room: { ephemeral } } })).rooms).toBeUndefined();
    expect(typersOf(await sync({ since, filter: { room: { ephemeral: { types: ['m.*'] } } } }))).toEqual([carol]);
  });
});
