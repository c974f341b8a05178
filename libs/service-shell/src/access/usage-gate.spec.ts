import { FakeCache } from '@plexus/testing';
import { beforeEach, expect, it } from 'vitest';
import type { UsageLimit } from '../notices/usage-limit.ts';
import { UsageGate } from './usage-gate.ts';
import type { CountedUser } from './usage-gate.ts';

const ONE = 'one.example';
const HOUR_MS = 3_600_000;

let active: Set<string>;
let limit: UsageLimit | undefined;
let asked: number;
let now: number;
let gate: UsageGate;

beforeEach(() => {
  active = new Set();
  limit = { monthlyActiveUsers: 2, adminContact: 'mailto:a@b', isTold: true };
  asked = 0;
  now = 0;
  gate = newGate();
});

function newGate(): UsageGate {
  return new UsageGate({
    activity: {
      async isActive(userId) {
        asked += 1;
        return active.has(userId);
      },
      async countActive(_serverName, { except, most }) {
        asked += 1;
        return Math.min(most, [...active].filter((userId) => !except.includes(userId)).length);
      },
    },
    activeUsers: new FakeCache(),
    limitOf: (serverName) => (serverName === ONE ? limit : undefined),
    clock: { now: () => now },
  });
}

function user(name: string, roles: Partial<CountedUser> = {}): CountedUser {
  return { userId: `@${name}:${ONE}`, isAdmin: false, isDeploymentAdmin: false, isGuest: false, ...roles };
}

async function isKeptOut(name: string, roles: Partial<CountedUser> = {}): Promise<boolean> {
  return (await gate.check(user(name, roles), ONE)) !== undefined;
}

it('lets as many in as the limit says, and then those alone who are active', async () => {
  expect(await Promise.all(['a', 'b', 'c'].map((name) => isKeptOut(name)))).toEqual([false, false, true]);
  expect(await isKeptOut('a')).toBe(false);
  active = new Set(['@a:one.example', '@b:one.example', '@old:one.example']);
  now += HOUR_MS;
  gate = newGate();
  expect(await Promise.all(['a', 'old', 'c'].map((name) => isKeptOut(name)))).toEqual([false, false, true]);
  expect(await gate.checkNew(ONE)).toBe(limit);
});

it('asks for nothing where there is no limit, nor of who is known to be active today', async () => {
  expect(gate.check(user('a'), 'two.example')).toBeUndefined();
  expect(await isKeptOut('a')).toBe(false);
  asked = 0;
  expect(gate.check(user('a'), ONE)).toBeUndefined();
  expect(asked).toBe(0);
  now += 24 * HOUR_MS;
  expect(gate.check(user('a'), ONE)).toBeDefined();
  limit = undefined;
  expect(gate.check(user('b'), ONE)).toBeUndefined();
  expect(await gate.checkNew(ONE)).toBeUndefined();
});

it('lets in again when the number falls or the limit is raised, without counting for each who is kept out', async () => {
  active = new Set(['@a:one.example', '@b:one.example']);
  expect(await isKeptOut('c')).toBe(true);
  asked = 0;
  expect(await isKeptOut('d')).toBe(true);
  expect(asked).toBe(1);
  limit = { monthlyActiveUsers: 3, adminContact: undefined, isTold: true };
  expect(await isKeptOut('c')).toBe(false);
  expect(await isKeptOut('d')).toBe(true);
  active.delete('@b:one.example');
  now += 1_000;
  expect(await isKeptOut('d')).toBe(false);
});

it('keeps no administrator, bot or application service’s user out, and counts no guest', async () => {
  expect(await Promise.all(['g1', 'g2', 'g3'].map((name) => isKeptOut(name, { isGuest: true })))).not.toContain(true);
  limit = { monthlyActiveUsers: 0, adminContact: undefined, isTold: false };
  expect(await isKeptOut('root', { isAdmin: true })).toBe(false);
  expect(await isKeptOut('root2', { isDeploymentAdmin: true })).toBe(false);
  expect(await isKeptOut('bridged', { isExemptFromConsent: true })).toBe(false);
  expect(await isKeptOut('g4', { isGuest: true })).toBe(true);
});
