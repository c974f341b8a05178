import { StorageError } from '@plexus/storage';
import type { RoomLogRow } from '@plexus/storage';
import { FakeRooms } from '@plexus/testing';
import type { RoomLogRecord } from '@plexus/topics';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { LoggedRow } from './logged-row.ts';
import { RoomLogFollower } from './room-log-follower.ts';
import type { RoomLogFollowerOptions, RoomLogStart } from './room-log-follower.ts';

const alice = '@alice:a.example';
const never = { now: () => 0, delay: () => new Promise<void>(() => undefined) };

interface Setup {
  readonly rooms: FakeRooms;
  readonly follower: RoomLogFollower;
  readonly delivered: LoggedRow[];
  readonly begun: RoomLogStart[];
  readonly failures: unknown[];
}

function setUp(options: Partial<RoomLogFollowerOptions> = {}, rooms = new FakeRooms(2)): Setup {
  const delivered: LoggedRow[] = [];
  const begun: RoomLogStart[] = [];
  const failures: unknown[] = [];
  const follower = new RoomLogFollower({
    reader: rooms,
    clock: never,
    readGeneration: () => rooms.readGeneration(),
    handler: {
      begin: (start) => void begun.push(start),
      deliver: (row) => void delivered.push(row),
      failed: (error) => void failures.push(error),
    },
    ...options,
  });
  return { rooms, follower, delivered, begun, failures };
}

function say(rooms: FakeRooms, roomId: string, body: string): RoomLogRow {
  return rooms.append({ roomId, type: 'm.room.message', sender: alice, content: { body } });
}

function join(rooms: FakeRooms, roomId: string, userId: string): RoomLogRow {
  return rooms.append({
    roomId,
    type: 'm.room.member',
    sender: userId,
    stateKey: userId,
    content: { membership: 'join' },
  });
}

function positionsOf(rows: readonly LoggedRow[], shard: number): number[] {
  return rows.filter((row) => row.shard === shard).map(({ position }) => position);
}

/** Three messages in one room: its rows and their records. */
function threeMessages(rooms: FakeRooms): RoomLogRecord[] {
  return ['one', 'two', 'three'].map((body) => rooms.recordOf(say(rooms, '!room', body)));
}

describe('RoomLogFollower', () => {
  it('delivers the next record in the same tick and asks Postgres nothing', async () => {
    const { rooms, follower, delivered } = setUp();
    await follower.start();
    const before = rooms.totalCalls();
    for (const record of threeMessages(rooms)) follower.receive(record);
    expect(delivered.map(({ event }) => JSON.parse(event?.json.toString() ?? '').content.body)).toEqual([
      'one',
      'two',
      'three',
    ]);
    expect(rooms.totalCalls()).toBe(before);
  });

  it('gives the same array of positions until a row comes', async () => {
    const { rooms, follower } = setUp();
    await follower.start();
    const [one, two] = threeMessages(rooms);
    const before = follower.positions();
    expect(follower.positions()).toBe(before);
    follower.receive(one!);
    const after = follower.positions();
    expect([before[one!.shard], after[one!.shard]]).toEqual([0, 1]);
    follower.receive(one!);
    expect(follower.positions()).toBe(after);
    follower.receive(two!);
    expect(follower.positions()[one!.shard]).toBe(2);
  });

  it('begins at the end of the log, or catches up from where it is told', async () => {
    const rooms = new FakeRooms(2);
    const [first] = threeMessages(rooms);
    const atEnd = setUp({}, rooms);
    await atEnd.follower.start();
    const behind = setUp({ startAt: async () => [0, 0] }, rooms);
    await behind.follower.start();
    await vi.waitFor(() => expect(positionsOf(behind.delivered, first?.shard ?? -1)).toEqual([1, 2, 3]));
    expect(atEnd.delivered).toEqual([]);
    expect(behind.begun).toEqual([{ generation: 1, positions: [0, 0] }]);
  });

  it('fills a gap from Postgres before it goes on, and drops what comes later', async () => {
    const { rooms, follower, delivered } = setUp();
    await follower.start();
    const [one, two, three] = threeMessages(rooms);
    follower.receive(three!);
    await vi.waitFor(() => expect(positionsOf(delivered, three!.shard)).toEqual([1, 2, 3]));
    for (const record of [one, two, three]) follower.receive(record!);
    expect(delivered).toHaveLength(3);
  });

  it('goes on in the same order while a gap is being filled', async () => {
    const { rooms, follower, delivered } = setUp();
    await follower.start();
    const [, two, three] = threeMessages(rooms);
    const { promise, resolve: release } = Promise.withResolvers<void>();
    rooms.beforeAnswer = () => promise;
    follower.receive(two!);
    follower.receive(three!);
    expect(delivered).toEqual([]);
    rooms.beforeAnswer = undefined;
    release();
    await vi.waitFor(() => expect(positionsOf(delivered, two!.shard)).toEqual([1, 2, 3]));
  });

  it('reads an event from Postgres that its record leaves out', async () => {
    const { rooms, follower, delivered } = setUp();
    await follower.start();
    const record = rooms.recordOf(say(rooms, '!room', 'large'));
    follower.receive({ ...record, event: { ...record.event!, json: Buffer.alloc(0) } });
    await vi.waitFor(() => expect(delivered).toHaveLength(1));
    expect(delivered[0]?.event?.json.toString()).toContain('large');
  });

  it('finds by its sweep a row whose record was lost', async () => {
    const { rooms, follower, delivered } = setUp();
    await follower.start();
    threeMessages(rooms);
    await follower.sweep();
    await vi.waitFor(() => expect(delivered).toHaveLength(3));
  });

  it('sweeps each interval while nothing arrives, and less often while records do', async () => {
    const ticks: (() => void)[] = [];
    const clock = { now: () => 0, delay: () => new Promise<void>((resolve) => void ticks.push(resolve)) };
    const { rooms, follower } = setUp({ clock });
    await follower.start();
    void follower.run(new AbortController().signal);
    const sweeps = (): number => (rooms.calls.get('readPositions') ?? 0) - 1;
    const tick = async (count: number): Promise<void> => {
      for (let done = 0; done < count; done += 1) {
        await vi.waitFor(() => expect(ticks).toHaveLength(1));
        follower.receive(rooms.recordOf(say(rooms, '!room', 'busy')));
        ticks.pop()?.();
      }
    };
    await tick(5);
    expect(sweeps()).toBe(0);
    await tick(1);
    await vi.waitFor(() => expect(sweeps()).toBe(1));
    await vi.waitFor(() => expect(ticks).toHaveLength(1));
    ticks.pop()?.();
    await vi.waitFor(() => expect(sweeps()).toBe(2));
  });

  it('leaves a row that its sweep finds to the record that is on its way', async () => {
    const ticks: (() => void)[] = [];
    const clock = { now: () => 0, delay: () => new Promise<void>((resolve) => void ticks.push(resolve)) };
    const { rooms, follower, delivered } = setUp({ clock });
    await follower.start();
    void follower.run(new AbortController().signal);
    const tick = async (): Promise<void> => {
      await vi.waitFor(() => expect(ticks).toHaveLength(1));
      ticks.pop()?.();
    };
    const [one, two, three] = threeMessages(rooms);
    await tick();
    await vi.waitFor(() => expect(ticks).toHaveLength(1));
    for (const record of [one, two]) follower.receive(record!);
    expect(delivered).toHaveLength(2);
    expect(rooms.calls.get('readLog')).toBeUndefined();
    await tick();
    await vi.waitFor(() => expect(delivered).toHaveLength(3));
    expect(delivered[2]?.event?.eventId).toBe(three!.event?.eventId);
    expect(rooms.calls.get('readLog')).toBe(1);
  });

  it('sweeps when the reader of the topic was reset', async () => {
    const { rooms, follower, delivered } = setUp();
    await follower.start();
    threeMessages(rooms);
    follower.readerWasReset();
    await vi.waitFor(() => expect(delivered).toHaveLength(3));
  });

  it('tries again after a failure, and says that it failed', async () => {
    const { rooms, follower, delivered, failures } = setUp();
    await follower.start();
    const [, , three] = threeMessages(rooms);
    rooms.beforeAnswer = () => Promise.reject(new StorageError('down'));
    follower.receive(three!);
    await vi.waitFor(() => expect(failures).toHaveLength(1));
    await follower.sweep();
    expect(failures).toHaveLength(2);
    rooms.beforeAnswer = undefined;
    await follower.sweep();
    await vi.waitFor(() => expect(delivered).toHaveLength(3));
  });

  it('begins anew from Postgres when the generation was raised', async () => {
    const { rooms, follower, begun, delivered } = setUp();
    await follower.start();
    const [one] = threeMessages(rooms);
    rooms.generation = 2;
    follower.receive({ ...one!, generation: 2 });
    await vi.waitFor(() => expect(begun).toHaveLength(2));
    expect(begun[1]).toEqual({ generation: 2, positions: await rooms.readPositions() });
    follower.receive(one!);
    expect(delivered).toEqual([]);
    follower.receive(rooms.recordOf(say(rooms, '!room', 'four')));
    expect(delivered).toHaveLength(1);
  });

  it('says that commits are lost where the log is shorter than what it has delivered, and begins anew', async () => {
    const rooms = new FakeRooms(2);
    const commitsLost = vi.fn<() => Promise<void>>(async () => void (rooms.generation += 1));
    const { follower, begun, delivered } = setUp({ commitsLost }, rooms);
    await follower.start();
    for (const record of threeMessages(rooms)) follower.receive(record);
    expect(delivered).toHaveLength(3);
    await follower.sweep();
    expect(commitsLost).not.toHaveBeenCalled();
    for (const rows of rooms.rows) rows.splice(2);
    await follower.sweep();
    expect(commitsLost).toHaveBeenCalledOnce();
    expect(begun.map(({ generation }) => generation)).toEqual([1, 2]);
    await follower.sweep();
    expect(commitsLost).toHaveBeenCalledOnce();
  });

  it('waits for positions that it is told of, and reads them at once', async () => {
    const { rooms, follower, delivered } = setUp();
    await follower.start();
    threeMessages(rooms);
    await follower.reached(await rooms.readPositions(), new AbortController().signal);
    expect(delivered).toHaveLength(3);
  });

  it('gives up waiting when it is told to', async () => {
    const { follower } = setUp();
    await follower.start();
    const abort = new AbortController();
    const reached = follower.reached([10, 10], abort.signal);
    abort.abort();
    await expect(reached).resolves.toBeUndefined();
  });

  it('names whose membership changed, whichever event brought it', async () => {
    const { rooms, follower, delivered } = setUp({ wantsMember: (userId) => userId.endsWith(':a.example') });
    await follower.start();
    const joined = join(rooms, '!room', alice);
    follower.receive(rooms.recordOf(joined));
    follower.receive(rooms.recordOf(join(rooms, '!room', '@bob:b.example')));
    rooms.correctState('!room', [{ type: 'm.room.member', stateKey: alice, eventNid: undefined }]);
    rooms.correctState('!room', [{ type: 'm.room.member', stateKey: alice, eventNid: joined.event?.eventNid }]);
    await follower.sweep();
    await vi.waitFor(() => expect(delivered).toHaveLength(4));
    const eventId = joined.event?.eventId;
    const members = delivered.map((row) => row.changedMembers.map((member) => [member.userId, member.event?.eventId]));
    expect(members).toEqual([[[alice, eventId]], [], [[alice, undefined]], [[alice, eventId]]]);
  });

  it('reads the event of a membership that a record lacks, and compares no states that the record has compared', async () => {
    const { rooms, follower, delivered } = setUp({ wantsMember: (userId) => userId === alice });
    await follower.start();
    const joined = join(rooms, '!room', '@bob:b.example');
    follower.receive(rooms.recordOf(joined));
    const { event: brought } = joined;
    const changes = [alice, '@carol:c.example'].map((stateKey) => {
      return { type: 'm.room.member', stateKey, eventNid: brought?.eventNid };
    });
    follower.receive(rooms.recordOf(rooms.correctState('!room', changes)));
    await vi.waitFor(() => expect(delivered).toHaveLength(2));
    expect(delivered[1]?.changedMembers).toMatchObject([{ userId: alice, event: { eventId: brought?.eventId } }]);
    expect(delivered[1]?.changedState).toHaveLength(2);
    expect(rooms.calls.get('findEvents')).toBe(1);
    expect(rooms.calls.get('findStateNodes')).toBeUndefined();
  });

  it.each([
    [{ dropSeen: false }, 'twice'],
    [{ gapFill: false }, 'not at all'],
  ] as const)('with %j a row is delivered %s', async (protections, _times) => {
    const { rooms, follower, delivered } = setUp({ protections });
    await follower.start();
    const [one, two, three] = threeMessages(rooms);
    for (const record of [one, one, three, two]) follower.receive(record!);
    await vi.waitFor(() => expect(delivered.at(-1)?.position).toBeDefined());
    await vi.waitFor(() => expect(follower.positions()).toContain(3));
    expect(positionsOf(delivered, one!.shard)).not.toEqual([1, 2, 3]);
  });

  it('delivers each shard without gaps, once and in order, whatever becomes of the records', async () => {
    const action = fc.record({
      room: fc.integer({ min: 0, max: 4 }),
      fate: fc.constantFrom('deliver', 'lose', 'twice', 'delay', 'empty', 'sweep', 'fail'),
      isMember: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        const { rooms, follower, delivered } = setUp({ aheadBytes: 3000 }, new FakeRooms(3));
        await follower.start();
        const late: RoomLogRecord[] = [];
        for (const { room, fate, isMember } of actions) {
          const row = isMember ? join(rooms, `!${room}`, alice) : say(rooms, `!${room}`, fate);
          const record = rooms.recordOf(row);
          rooms.beforeAnswer = fate === 'fail' ? () => Promise.reject(new StorageError('down')) : undefined;
          if (fate === 'delay') late.unshift(record);
          if (fate === 'deliver' || fate === 'twice' || fate === 'fail') follower.receive(record);
          if (fate === 'twice') follower.receive(record);
          if (fate === 'empty') follower.receive({ ...record, event: { ...record.event!, json: Buffer.alloc(0) } });
          if (fate === 'sweep') await follower.sweep();
          if (room === 0) for (const delayed of late.splice(0)) follower.receive(delayed);
        }
        rooms.beforeAnswer = undefined;
        for (const delayed of late) follower.receive(delayed);
        await follower.sweep();
        await follower.reached(await rooms.readPositions(), new AbortController().signal);
        for (const [shard, rows] of rooms.rows.entries()) {
          expect(positionsOf(delivered, shard)).toEqual(rows.map(({ position }) => position));
        }
        for (const row of delivered) {
          const stored = rooms.rows[row.shard]?.[row.position - 1];
          expect(row.event?.eventId).toBe(stored?.event?.eventId);
          expect(row.changedMembers.length).toBe(stored?.previousRoot === stored?.currentRoot ? 0 : 1);
        }
      }),
      { numRuns: 200 },
    );
  });
});
