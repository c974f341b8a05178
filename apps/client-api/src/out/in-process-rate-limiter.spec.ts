import { describe, expect, it } from 'vitest';
import type { LimitedAction } from '../limits/rate-limiter.ts';
import { InProcessRateLimiter } from './in-process-rate-limiter.ts';
import type { BucketSize } from './in-process-rate-limiter.ts';

const size: BucketSize = { perSecond: 2, burst: 3 };
const actions: LimitedAction[] = [
  'message',
  'registration',
  'login-by-address',
  'login-by-account',
  'failed-login',
  'join',
  'invite-into-room',
  'invite-to-user',
  'invite-by-user',
  'room-creation',
];
const sizes = Object.fromEntries(actions.map((action) => [action, size])) as Record<LimitedAction, BucketSize>;

function limiterAt(clock: { time: number }): (key?: string, mode?: 'take' | 'peek') => number {
  const limiter = new InProcessRateLimiter(sizes, { now: () => clock.time });
  return (key = 'a', mode = 'take') => limiter.use({ action: 'message', key, mode });
}

describe('InProcessRateLimiter', () => {
  it('lets a burst through, then says how long to wait', () => {
    const use = limiterAt({ time: 0 });
    expect([use(), use(), use()]).toEqual([0, 0, 0]);
    expect(use()).toBe(500);
  });

  it('fills again with time, up to the burst', () => {
    const clock = { time: 0 };
    const use = limiterAt(clock);
    for (let taken = 0; taken < 3; taken += 1) use();
    clock.time = 500;
    expect([use(), use()]).toEqual([0, 500]);
    clock.time = 1_000_000;
    expect([use(), use(), use(), use()]).toEqual([0, 0, 0, 500]);
  });

  it('keeps keys apart and takes nothing when it only looks', () => {
    const use = limiterAt({ time: 0 });
    for (let looked = 0; looked < 10; looked += 1) expect(use('a', 'peek')).toBe(0);
    expect([use('a'), use('a'), use('a'), use('b')]).toEqual([0, 0, 0, 0]);
    expect(use('a', 'peek')).toBe(500);
  });

  it('never opens a bucket that does not fill, and never throws', () => {
    const limiter = new InProcessRateLimiter({ ...sizes, message: { perSecond: 0, burst: 1 } }, { now: () => 0 });
    expect(limiter.use({ action: 'message', key: 'a' })).toBe(0);
    expect(limiter.use({ action: 'message', key: 'a' })).toBe(Number.MAX_SAFE_INTEGER);
  });
});
