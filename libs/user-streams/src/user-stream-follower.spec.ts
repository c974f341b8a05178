import { describe, expect, it } from 'vitest';
import type { Clock } from '@plexus/matrix-base';
import { UserStreamFollower } from './user-stream-follower.ts';

const ALICE = '@alice:a.example';
const BOB = '@bob:a.example';

/** Streams in memory that count how often they are asked for. */
class Streams {
  readonly positions = new Map<string, number>();
  asked = 0;
  failing: Error | undefined;

  async findAdvanced(known: ReadonlyMap<string, number>): Promise<Map<string, number>> {
    this.asked += 1;
    if (this.failing !== undefined) throw this.failing;
    return new Map([...this.positions].filter(([userId, position]) => position > (known.get(userId) ?? Infinity)));
  }
}

function followerOf(streams: Streams, clock: Clock = { now: () => 0, delay: async () => {} }) {
  const failures: unknown[] = [];
  const follower = new UserStreamFollower({ reader: streams, clock, failed: (error) => failures.push(error) });
  const follow = (userId: string, { isWaiting = true } = {}) => {
    const seen: number[] = [];
    const stream = follower.follow(userId, { isWaiting: () => isWaiting, advanced: (position) => seen.push(position) });
    return { stream, seen };
  };
  return { follower, follow, failures };
}

describe('UserStreamFollower', () => {
  it('tells of a hint once, and never goes back', () => {
    const { follower, follow } = followerOf(new Streams());
    const { stream, seen } = follow(ALICE);
    for (const position of [2, 2, 1, 3]) follower.receive({ userId: ALICE, position });
    follower.receive({ userId: BOB, position: 9 });
    expect(seen).toEqual([2, 3]);
    expect(stream.position).toBe(3);
  });

  it('asks once for all streams that are read at the same time', async () => {
    const streams = new Streams();
    const { follow } = followerOf(streams);
    const [alice, bob] = [follow(ALICE), follow(BOB)];
    streams.positions.set(ALICE, 4);
    expect(await Promise.all([alice.stream.read(), bob.stream.read(), alice.stream.read()])).toEqual([4, 0, 4]);
    expect(streams.asked).toBe(1);
    expect(alice.seen).toEqual([4]);
  });

  it('takes what was read within a second, and what hints have told since, for recent', async () => {
    const streams = new Streams();
    let now = 5_000;
    const { follower, follow } = followerOf(streams, { now: () => now, delay: async () => {} });
    const { stream } = follow(ALICE);
    streams.positions.set(ALICE, 1);
    expect(await stream.readRecent()).toBe(1);
    streams.positions.set(ALICE, 3);
    follower.receive({ userId: ALICE, position: 2 });
    now += 1_000;
    expect([await stream.readRecent(), streams.asked]).toEqual([2, 1]);
    now += 1;
    expect([await stream.readRecent(), streams.asked]).toEqual([3, 2]);
  });

  it('fails a reading that Postgres fails, and reads again', async () => {
    const streams = new Streams();
    const { follow } = followerOf(streams);
    const { stream } = follow(ALICE);
    streams.failing = new Error('away');
    await expect(stream.read()).rejects.toThrow('away');
    streams.failing = undefined;
    streams.positions.set(ALICE, 1);
    expect(await stream.read()).toBe(1);
  });

  it('sweeps the streams of those who wait', async () => {
    const streams = new Streams();
    const { follower, follow } = followerOf(streams);
    const [waiting, idle] = [follow(ALICE), follow(BOB, { isWaiting: false })];
    streams.positions.set(ALICE, 1).set(BOB, 1);
    await follower.sweep();
    expect([waiting.seen, idle.seen]).toEqual([[1], []]);
  });

  it('goes on sweeping after a failure, until it is stopped', async () => {
    const streams = new Streams();
    streams.failing = new Error('away');
    const stopping = new AbortController();
    let rounds = 0;
    const delay = async (): Promise<void> => {
      rounds += 1;
      if (rounds === 3) streams.failing = undefined;
      if (rounds === 5) stopping.abort();
    };
    const { follower, follow, failures } = followerOf(streams, { now: () => 0, delay });
    const { seen } = follow(ALICE);
    streams.positions.set(ALICE, 7);
    await follower.run(stopping.signal);
    expect(failures).toHaveLength(2);
    expect(seen).toEqual([7]);
  });

  it('tells nobody who has stopped', async () => {
    const streams = new Streams();
    const { follower, follow } = followerOf(streams);
    const { stream, seen } = follow(ALICE);
    stream.stop();
    follower.receive({ userId: ALICE, position: 1 });
    await follower.sweep();
    expect(seen).toEqual([]);
    expect(streams.asked).toBe(0);
  });
});
