import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JudgedEvent, JudgedPiece, JudgedUnreadRepository } from '@plexus/storage';

export interface JudgedUnreadHarness {
  readonly judged: JudgedUnreadRepository;
  close(): Promise<void>;
}

const ROOM = { shard: 3, roomNid: 7 };
const event = (position: number, threadId?: string): JudgedEvent => ({ position, threadId, notify: 1, highlight: -1 });

/** What every adapter of judged events does. `open` is called once; each test takes a user of its own. */
export function judgedUnreadContract(adapter: string, open: () => Promise<JudgedUnreadHarness>): void {
  describe(`JudgedUnreadContract: ${adapter}`, () => {
    let harness: JudgedUnreadHarness;
    let last = 0;
    let userId: string;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());
    const newUser = (): void => {
      userId = `@judged${++last}:one.example`;
    };
    const store = (range: [number, number], more: Partial<JudgedPiece> = {}): Promise<boolean> => {
      const [after, upTo] = range;
      return harness.judged.storeJudged({ userId, ...ROOM, rules: 'r', readUpTo: 0, events: [], after, upTo, ...more });
    };
    const read = async (after = 0, rules = 'r'): Promise<unknown> =>
      (await harness.judged.readJudged(userId, rules, [{ ...ROOM, after }]))[0];

    it('goes on piece by piece, each once', async () => {
      newUser();
      expect(await read()).toBeUndefined();
      expect(await store([2, 10], { readUpTo: 2, events: [event(4, '$thread'), event(5)] })).toBe(true);
      expect(await store([2, 10], { readUpTo: 2, events: [event(4, '$thread'), event(5)] })).toBe(false);
      expect(await store([10, 12], { readUpTo: 2, events: [event(11)] })).toBe(true);
      const all = { ...ROOM, after: 2, upTo: 12, events: [event(4, '$thread'), event(5), event(11)] };
      expect(await read()).toEqual(all);
      expect(await read(4)).toEqual({ ...all, events: [event(5), event(11)] });
      expect(await harness.judged.readJudged(userId, 'r', [{ shard: 3, roomNid: 8, after: 0 }])).toEqual([]);
    });

    it('forgets what the user has read', async () => {
      newUser();
      await store([0, 10], { events: [event(4), event(6)] });
      expect(await store([10, 20], { readUpTo: 5, events: [event(15)] })).toBe(true);
      expect(await read()).toEqual({ ...ROOM, after: 5, upTo: 20, events: [event(6), event(15)] });
    });

    it('begins anew by other rules, and where the user has read on beyond it', async () => {
      newUser();
      await store([0, 10], { events: [event(4), event(6)] });
      expect(await store([2, 8], { rules: 'other', readUpTo: 2, events: [event(3)] })).toBe(true);
      expect([await read(), await read(0, 'other')]).toEqual([
        undefined,
        { ...ROOM, after: 2, upTo: 8, events: [event(3)] },
      ]);
      expect(await store([30, 40], { rules: 'other', readUpTo: 30, events: [event(35)] })).toBe(true);
      expect(await read(0, 'other')).toEqual({ ...ROOM, after: 30, upTo: 40, events: [event(35)] });
    });

    it('keeps the pieces whole of those who store at once', async () => {
      newUser();
      const stored = await Promise.all([1, 2, 3, 4].map(() => store([0, 10], { events: [event(4)] })));
      expect(stored.filter((isStored) => isStored)).toHaveLength(1);
      expect(await read()).toEqual({ ...ROOM, after: 0, upTo: 10, events: [event(4)] });
    });

    it('forgets what nobody uses', async () => {
      newUser();
      await store([0, 10], { events: [event(4)] });
      await harness.judged.removeUnused(-60_000);
      expect(await read()).toBeUndefined();
    });
  });
}
