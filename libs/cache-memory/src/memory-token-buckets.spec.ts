import { expect, it } from 'vitest';
import { tokenBucketsContract } from '@plexus/testing';
import { MemoryTokenBuckets } from './memory-token-buckets.ts';

tokenBucketsContract('memory', async () => {
  const buckets = new MemoryTokenBuckets({ now: Date.now });
  return { one: buckets, other: buckets };
});

it('fills up to the burst and no further', () => {
  let time = 0;
  const buckets = new MemoryTokenBuckets({ now: () => time });
  const use = (): number => buckets.use({ key: 'a', size: { perSecond: 2, burst: 3 }, mode: 'take' });
  expect([use(), use(), use(), use()]).toEqual([0, 0, 0, 500]);
  time = 500;
  expect([use(), use()]).toEqual([0, 500]);
  time = 1_000_000;
  expect([use(), use(), use(), use()]).toEqual([0, 0, 0, 500]);
});
