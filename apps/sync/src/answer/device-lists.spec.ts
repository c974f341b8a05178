import { beforeEach, describe, expect, it } from 'vitest';
import { RoomScript, SyncHarness } from '../../test-support/sync-harness.ts';
import type { SyncBody } from '../../test-support/sync-harness.ts';

const ALICE = '@alice:a.example';
const BOB = '@bob:a.example';
const CAROL = '@carol:a.example';
const REMOTE = '@remote:b.example';

let harness: SyncHarness;
let room: RoomScript;

beforeEach(async () => {
  harness = await SyncHarness.started();
  room = encryptedRoom('!room');
  room.member(BOB, 'join');
});

function encryptedRoom(roomId: string): RoomScript {
  const script = new RoomScript(harness, roomId);
  script.create(ALICE);
  script.state('m.room.encryption', { algorithm: 'a' });
  return script;
}

/** A change whose hint arrives. */
async function change(userId: string, seenBy?: string): Promise<void> {
  harness.deviceLists.change(userId, seenBy);
  harness.parts.deviceLists.hint();
  await harness.parts.deviceLists.reached(Infinity);
}

async function tokenOf(userId: string): Promise<string> {
  return (await harness.sync(userId)).next_batch;
}

/** What a user is told since a token. */
async function told(userId: string, since: string): Promise<SyncBody['device_lists']> {
  return (await harness.sync(userId, { since })).device_lists;
}

describe('changes of device lists', () => {
  it('are told once to those who share a room with the user, and to the user', async () => {
    const [alice, bob, carol] = [await tokenOf(ALICE), await tokenOf(BOB), await tokenOf(CAROL)];
    await change(BOB);
    expect(await told(ALICE, alice)).toEqual({ changed: [BOB], left: [] });
    expect(await told(BOB, bob)).toEqual({ changed: [BOB], left: [] });
    expect(await told(CAROL, carol)).toBeUndefined();
    expect(await told(ALICE, await tokenOf(ALICE))).toBeUndefined();
  });

  it('are told again with the same token', async () => {
    const since = await tokenOf(ALICE);
    await change(BOB);
    expect(await told(ALICE, since)).toEqual(await told(ALICE, since));
  });

  it('that only one user sees are told to that one', async () => {
    const [alice, bob] = [await tokenOf(ALICE), await tokenOf(BOB)];
    await change(BOB, ALICE);
    expect(await told(ALICE, alice)).toEqual({ changed: [BOB], left: [] });
    expect(await told(BOB, bob)).toBeUndefined();
  });

  it('wake who waits for them, and nobody else', async () => {
    const answers = [ALICE, CAROL].map(async (userId) =>
      harness.sync(userId, { since: await tokenOf(userId), timeout: 30_000 }),
    );
    await expect.poll(() => harness.parts.sessions.size.waiting).toBe(2);
    await change(BOB);
    expect((await answers[0])?.device_lists).toEqual({ changed: [BOB], left: [] });
    expect(harness.parts.sessions.size.waiting).toBe(1);
    harness.clock.advance(30_000);
    expect((await answers[1])?.device_lists).toBeUndefined();
  });

  it('are found without a hint', async () => {
    const stopping = new AbortController();
    const running = harness.parts.deviceLists.run(stopping.signal);
    const since = await tokenOf(ALICE);
    harness.deviceLists.change(BOB);
    harness.clock.advance(2_000);
    await expect.poll(() => harness.parts.deviceLists.position).toBe(1);
    expect(await told(ALICE, since)).toEqual({ changed: [BOB], left: [] });
    stopping.abort();
    await running;
  });

  it('that are no longer in memory come from storage', async () => {
    harness.deviceLists.change(BOB);
    harness.deviceLists.change(CAROL);
    const later = new SyncHarness({ rooms: harness.rooms });
    for (const userId of [BOB, CAROL]) later.deviceLists.change(userId);
    const since = await tokenOf(ALICE);
    await Promise.all([later.parts.follower.start(), later.parts.deviceLists.start()]);
    expect((await later.sync(ALICE, { since })).device_lists).toEqual({ changed: [BOB], left: [] });
    expect(later.deviceLists.asked).toBe(1);
  });

  it('of users of other servers are told to those who share a room with them, and wake them', async () => {
    const other = new RoomScript(harness, '!other');
    other.create(CAROL);
    room.member(REMOTE, 'join');
    const waiting = [ALICE, CAROL].map(async (userId) =>
      harness.sync(userId, { since: await tokenOf(userId), timeout: 30_000 }),
    );
    await expect.poll(() => harness.parts.sessions.size.waiting).toBe(2);
    await change(REMOTE);
    expect((await waiting[0])?.device_lists).toEqual({ changed: [REMOTE], left: [] });
    expect(harness.parts.sessions.size.waiting).toBe(1);
    harness.clock.advance(30_000);
    expect((await waiting[1])?.device_lists).toBeUndefined();
    room.member(REMOTE, 'leave');
    const since = await tokenOf(ALICE);
    await change(REMOTE);
    expect(await told(ALICE, since)).toBeUndefined();
  });

  it('of users of other servers that are no longer in memory are looked for in the states of rooms', async () => {
    const other = new RoomScript(harness, '!other');
    other.create(CAROL);
    room.member(REMOTE, 'join');
    other.member('@stranger:b.example', 'join');
    const changed = [BOB, REMOTE, '@stranger:b.example'];
    for (const userId of changed) harness.deviceLists.change(userId);
    const later = new SyncHarness({ rooms: harness.rooms });
    for (const userId of changed) later.deviceLists.change(userId);
    const since = await tokenOf(ALICE);
    await Promise.all([later.parts.follower.start(), later.parts.deviceLists.start()]);
    const { device_lists: lists } = await later.sync(ALICE, { since });
    expect(lists?.changed.toSorted()).toEqual([BOB, REMOTE]);
  });

  it('are not told to who has left the room', async () => {
    room.member(BOB, 'leave');
    const since = await tokenOf(ALICE);
    await change(BOB);
    expect(await told(ALICE, since)).toBeUndefined();
  });
});

describe('who shares an encrypted room', () => {
  it('is told to those who are there when somebody joins, and to the one who joins', async () => {
    const [alice, carol] = [await tokenOf(ALICE), await tokenOf(CAROL)];
    room.member(CAROL, 'join');
    expect(await told(ALICE, alice)).toEqual({ changed: [CAROL], left: [] });
    expect((await told(CAROL, carol))?.changed.toSorted()).toEqual([ALICE, BOB]);
  });

  it('is told when the room becomes encrypted', async () => {
    const plain = new RoomScript(harness, '!plain');
    plain.create(ALICE);
    const since = await tokenOf(ALICE);
    plain.member(CAROL, 'join');
    const middle = await harness.sync(ALICE, { since });
    expect(middle.device_lists).toBeUndefined();
    plain.state('m.room.encryption', { algorithm: 'a' });
    expect(await told(ALICE, middle.next_batch)).toEqual({ changed: [CAROL], left: [] });
  });

  it('changes when the last shared room is left, whoever leaves it', async () => {
    const [alice, bob] = [await tokenOf(ALICE), await tokenOf(BOB)];
    room.member(BOB, 'leave');
    expect(await told(ALICE, alice)).toEqual({ changed: [], left: [BOB] });
    expect(await told(BOB, bob)).toEqual({ changed: [], left: [ALICE] });
  });

  it('does not change while another encrypted room is shared', async () => {
    encryptedRoom('!other').member(BOB, 'join');
    const [alice, bob] = [await tokenOf(ALICE), await tokenOf(BOB)];
    room.member(BOB, 'leave');
    expect([await told(ALICE, alice), await told(BOB, bob)]).toEqual([undefined, undefined]);
  });

  it('changes although a room without encryption is shared', async () => {
    const plain = new RoomScript(harness, '!plain');
    plain.create(ALICE);
    plain.member(BOB, 'join');
    const since = await tokenOf(ALICE);
    room.member(BOB, 'leave');
    expect(await told(ALICE, since)).toEqual({ changed: [], left: [BOB] });
  });

  it('does not change with a name, a message, or an invite', async () => {
    const since = await tokenOf(ALICE);
    room.member(BOB, 'join', { content: { displayname: 'Bob' } });
    room.member(CAROL, 'invite', { sender: ALICE });
    room.say(BOB, 'hello');
    expect(await told(ALICE, since)).toBeUndefined();
  });

  it('counts users of other servers', async () => {
    const other = encryptedRoom('!other');
    other.member(REMOTE, 'join');
    const since = await tokenOf(ALICE);
    room.member(REMOTE, 'join');
    const { device_lists: lists, next_batch: next } = await harness.sync(ALICE, { since });
    expect(lists).toEqual({ changed: [REMOTE], left: [] });
    room.member(REMOTE, 'leave');
    const still = await harness.sync(ALICE, { since: next });
    expect(still.device_lists).toBeUndefined();
    other.member(REMOTE, 'leave');
    expect(await told(ALICE, still.next_batch)).toEqual({ changed: [], left: [REMOTE] });
  });

  it('is not told of rooms that end as they began', async () => {
    const since = await tokenOf(ALICE);
    room.member(CAROL, 'join');
    room.member(CAROL, 'leave');
    expect(await told(ALICE, since)).toBeUndefined();
  });

  it('is told whatever rooms the filter leaves out', async () => {
    const since = await tokenOf(ALICE);
    room.member(CAROL, 'join');
    const { device_lists: lists, rooms } = await harness.sync(ALICE, {
      since,
      filter: { room: { not_rooms: ['!room'] } },
    });
    expect([lists, rooms]).toEqual([{ changed: [CAROL], left: [] }, undefined]);
  });
});

describe('numbers of keys', () => {
  it('are in every answer', async () => {
    const first = await harness.sync(ALICE);
    expect(first.device_one_time_keys_count).toEqual({ signed_curve25519: 0 });
    expect(first.device_unused_fallback_key_types).toEqual([]);
    const next = await harness.sync(ALICE, { since: first.next_batch });
    expect([harness.lastKind, next.device_unused_fallback_key_types]).toEqual(['timeout', []]);
  });
});
