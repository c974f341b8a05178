import { expect, it } from 'vitest';
import { checkRedis } from './check-redis.ts';
import type { DescribedRedis } from './check-redis.ts';

const REDIS: DescribedRedis = {
  version: '7.2.4',
  maxMemory: 1024 ** 3,
  maxMemoryPolicy: 'noeviction',
  mayListen: true,
};

function levels(...servers: readonly DescribedRedis[]): string[] {
  return checkRedis(servers).map(({ level, text }) => `${level}: ${text}`);
}

it('is content with one that keeps what it was given', () => {
  expect(levels(REDIS)).toEqual(['good: it answers; 7.2.4']);
  expect(levels(REDIS, REDIS, REDIS)).toEqual(['good: 3 masters answer; 7.2.4']);
  expect(levels()).toEqual(['good: it answers, and tells this login nothing of itself']);
});

it('warns of one that may forget that a value is being changed, or take all memory', () => {
  expect(levels(REDIS, { ...REDIS, maxMemoryPolicy: 'allkeys-lru' }).slice(1)).toEqual([
    'warning: it removes entries by itself (allkeys-lru)',
  ]);
  expect(levels({ ...REDIS, maxMemory: 0 }).slice(1)).toEqual(['warning: nothing bounds its memory']);
});

it('warns of one that tells this login of no changes', () => {
  expect(levels(REDIS, { ...REDIS, mayListen: false }).slice(1)).toEqual(['warning: its login may not listen']);
});

it('refuses one that is too old', () => {
  expect(levels({ ...REDIS, version: '6.2.14' }).slice(1)).toEqual(['fault: 6.2.14 is too old']);
});
