import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { BucketSize, TokenBuckets } from '@plexus/cache';

export interface TokenBucketsHarness {
  /** Two processes over the same buckets; the same one twice where there is only one process. */
  readonly one: TokenBuckets;
  readonly other: TokenBuckets;
}

/** What every `TokenBuckets` keeps. */
export function tokenBucketsContract(name: string, open: () => Promise<TokenBucketsHarness>): void {
  describe(`TokenBucketsContract: ${name}`, () => {
    const slow: BucketSize = { perSecond: 0.01, burst: 3 };
    let harness: TokenBucketsHarness;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => Promise.all([harness.one.close(), harness.other.close()]));

    async function use(key: string, size = slow, mode: 'take' | 'peek' = 'take', of = harness.one): Promise<number> {
      return of.use({ key, size, mode });
    }

    it('lets a burst through, whichever process asks, then says how long to wait', async () => {
      const key = randomUUID();
      const waits = [await use(key), await use(key, slow, 'take', harness.other), await use(key)];
      expect(waits).toEqual([0, 0, 0]);
      const wait = await use(key, slow, 'take', harness.other);
      expect(wait).toBeGreaterThan(80_000);
      expect(wait).toBeLessThanOrEqual(100_000);
    });

    it('fills again with time', async () => {
      const key = randomUUID();
      const quick = { perSecond: 20, burst: 1 };
      expect(await use(key, quick)).toBe(0);
      const wait = await use(key, quick);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(50);
      await vi.waitFor(async () => expect(await use(key, quick, 'peek')).toBe(0));
    });

    it('keeps keys apart and takes nothing when it only looks', async () => {
      const [key, another] = [randomUUID(), randomUUID()];
      for (let looked = 0; looked < 10; looked += 1) expect(await use(key, slow, 'peek')).toBe(0);
      expect([await use(key), await use(key), await use(key), await use(another)]).toEqual([0, 0, 0, 0]);
      expect(await use(key, slow, 'peek')).toBeGreaterThan(0);
    });

    it('takes several at once or none', async () => {
      const key = randomUUID();
      const take = async (count: number): Promise<number> => harness.one.use({ key, size: slow, mode: 'take', count });
      expect(await take(2)).toBe(0);
      const wait = await take(2);
      expect(wait).toBeGreaterThan(80_000);
      expect(wait).toBeLessThanOrEqual(100_000);
      expect(await take(1)).toBe(0);
      expect(await take(4)).toBe(Number.MAX_SAFE_INTEGER);
    });

    it('never opens a bucket that does not fill', async () => {
      const key = randomUUID();
      const closed = { perSecond: 0, burst: 1 };
      expect(await use(key, closed)).toBe(0);
      expect(await use(key, closed)).toBe(Number.MAX_SAFE_INTEGER);
    });
  });
}
