import { describe, expect, it } from 'vitest';
import { decodeSyncToken } from '@plexus/matrix-api';
import { RoomScript, SyncHarness } from '../../test-support/sync-harness.ts';
import type { AccountDataBody } from '../../test-support/sync-harness.ts';

const ALICE = '@alice:a.example';
const BOB = '@bob:a.example';
const TEA = '!tea:a.example';

async function aliceAtTea(): Promise<{ harness: SyncHarness; room: RoomScript; since: string }> {
  const harness = await SyncHarness.started();
  const room = new RoomScript(harness, TEA);
  room.create(ALICE);
  const { next_batch: since } = await harness.sync(ALICE);
  return { harness, room, since };
}

function typesIn(accountData: AccountDataBody | undefined): string[] | undefined {
  return accountData?.events.map(({ type }) => type);
}

describe('account data in /sync', () => {
  it('is all told at first, and then what changes', async () => {
    const { harness } = await aliceAtTea();
    await harness.setAccountData(ALICE, { type: 'one', content: { n: 1 } });
    await harness.setAccountData(ALICE, { type: 'two' });
    await harness.setAccountData(ALICE, { roomId: TEA, type: 'm.tag' });
    await harness.setAccountData(BOB, { type: 'of bob' });
    const first = await harness.sync(ALICE);
    expect(typesIn(first.account_data)).toEqual(['one', 'two', 'm.push_rules']);
    expect(first.account_data?.events[0]).toEqual({ type: 'one', content: { n: 1 } });
    expect(typesIn(first.rooms?.join?.[TEA]?.account_data)).toEqual(['m.tag']);
    const nothing = await harness.sync(ALICE, { since: first.next_batch });
    expect([nothing.account_data, nothing.rooms]).toEqual([undefined, undefined]);
    await harness.setAccountData(ALICE, { type: 'one', content: { n: 2 } });
    const second = await harness.sync(ALICE, { since: nothing.next_batch });
    expect(second.account_data?.events).toEqual([{ type: 'one', content: { n: 2 } }]);
  });

  it('has all push rules, of which only changes are stored', async () => {
    const { harness, since } = await aliceAtTea();
    const changes = { own: {}, predefined: { '.m.rule.master': { enabled: true } } };
    await harness.setAccountData(ALICE, { type: 'm.push_rules', content: changes });
    for (const asked of [{ since }, {}]) {
      const events = (await harness.sync(ALICE, asked)).account_data?.events;
      const content = {
        global: { override: [{ rule_id: '.m.rule.master', enabled: true }, {}, {}, {}, {}, {}, {}, {}, {}, {}] },
      };
      expect(events).toMatchObject([{ type: 'm.push_rules', content }]);
    }
  });

  it('of a room comes without events where nothing else happened', async () => {
    const { harness, since } = await aliceAtTea();
    await harness.setAccountData(ALICE, { roomId: TEA, type: 'm.tag', content: { tags: {} } });
    const { rooms } = await harness.sync(ALICE, { since });
    expect(rooms?.join?.[TEA]).toEqual({
      state: { events: [] },
      timeline: { events: [], limited: false },
      account_data: { events: [{ type: 'm.tag', content: { tags: {} } }] },
    });
  });

  it('of a room comes with its events where both changed', async () => {
    const { harness, room, since } = await aliceAtTea();
    room.say(ALICE, 'hello');
    await harness.setAccountData(ALICE, { roomId: TEA, type: 'm.tag' });
    const answer = (await harness.sync(ALICE, { since })).rooms?.join?.[TEA];
    expect(answer?.timeline.events).toHaveLength(1);
    expect(typesIn(answer?.account_data)).toEqual(['m.tag']);
  });

  it('of a room is all told to who joins it', async () => {
    const { harness, room } = await aliceAtTea();
    await harness.setAccountData(BOB, { roomId: TEA, type: 'from before' });
    const { next_batch: since } = await harness.sync(BOB);
    room.member(BOB, 'join');
    const { rooms } = await harness.sync(BOB, { since });
    expect(typesIn(rooms?.join?.[TEA]?.account_data)).toEqual(['from before']);
  });

  it('wakes who waits, by the hint', async () => {
    const { harness, since } = await aliceAtTea();
    const waiting = harness.sync(ALICE, { since, timeout: 30_000 });
    await expect.poll(() => harness.parts.sessions.size.waiting).toBe(1);
    await harness.setAccountData(ALICE, { type: 'one' });
    expect(typesIn((await waiting).account_data)).toEqual(['one']);
    expect(harness.lastKind).toBe('waited');
  });

  it('wakes who waits, by the sweep where the hint is lost', async () => {
    const { harness, since } = await aliceAtTea();
    const waiting = harness.sync(ALICE, { since, timeout: 30_000 });
    await expect.poll(() => harness.parts.sessions.size.waiting).toBe(1);
    await harness.setAccountData(ALICE, { type: 'one' }, { isHintLost: true });
    await harness.parts.streams.sweep();
    expect(typesIn((await waiting).account_data)).toEqual(['one']);
  });

  it('is read at once by who wrote it, also where the hint is lost', async () => {
    const { harness, since } = await aliceAtTea();
    await harness.setAccountData(ALICE, { type: 'one' }, { isHintLost: true });
    expect(typesIn((await harness.sync(ALICE, { since })).account_data)).toEqual(['one']);
  });

  it('is told once by two replicas that take turns', async () => {
    const { harness, since } = await aliceAtTea();
    const other = await SyncHarness.started(harness);
    await harness.setAccountData(ALICE, { type: 'one' });
    const first = await harness.sync(ALICE, { since });
    expect(typesIn(first.account_data)).toEqual(['one']);
    expect((await other.sync(ALICE, { since: first.next_batch })).account_data).toBeUndefined();
    expect(typesIn((await other.sync(ALICE, { since })).account_data)).toEqual(['one']);
  });

  it('that the filter leaves out moves the token on, and does not end the waiting', async () => {
    const { harness, since } = await aliceAtTea();
    const filter = { account_data: { not_types: ['one'] }, room: { account_data: { types: ['kept'] } } };
    const waiting = harness.sync(ALICE, { since, filter, timeout: 30_000 });
    await expect.poll(() => harness.parts.sessions.size.waiting).toBe(1);
    await harness.setAccountData(ALICE, { type: 'one' });
    await harness.setAccountData(ALICE, { roomId: TEA, type: 'other' });
    await expect.poll(() => harness.parts.sessions.size.waiting).toBe(1);
    harness.clock.advance(30_000);
    const answer = await waiting;
    expect([answer.account_data, answer.rooms]).toEqual([undefined, undefined]);
    expect(decodeSyncToken(answer.next_batch)?.userPosition).toBe(2);
    await harness.setAccountData(ALICE, { roomId: TEA, type: 'kept' });
    const { rooms } = await harness.sync(ALICE, { since, filter });
    expect(typesIn(rooms?.join?.[TEA]?.account_data)).toEqual(['kept']);
  });

  it('of rooms that the filter leaves out is not told', async () => {
    const { harness, since } = await aliceAtTea();
    await harness.setAccountData(ALICE, { roomId: TEA, type: 'm.tag' });
    for (const room of [{ not_rooms: [TEA] }, { account_data: { not_rooms: [TEA] } }]) {
      expect((await harness.sync(ALICE, { since, filter: { room } })).rooms).toBeUndefined();
    }
  });
});
