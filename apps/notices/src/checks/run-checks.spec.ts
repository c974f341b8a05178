import type { AccountEvent, AccountFact } from '@plexus/storage';
import { beforeEach, expect, it } from 'vitest';
import { ALICE, noticesHarness, SENDER, SERVER } from '../../test-support/notices-harness.ts';
import type { NoticesHarness } from '../../test-support/notices-harness.ts';
import { TakeAccountEvents } from '../in/take-account-events.ts';
import { RunChecks } from './run-checks.ts';
import type { DueNotice } from './run-checks.ts';

let harness: NoticesHarness;
let told: string[];
let failures: unknown[];
let isConcerned: boolean;
let failing: Error | undefined;

beforeEach(async () => {
  harness = await noticesHarness();
  [told, failures, isConcerned, failing] = [[], [], true, undefined];
});

const notice: DueNotice = {
  concerns: () => isConcerned,
  tell: async ({ user }) => {
    if (failing !== undefined) throw failing;
    told.push(user.userId);
  },
};

function runner(): RunChecks {
  const { deliveries: checks, accounts: users, servers, policyOf } = harness;
  const clock = { now: () => 0, delay: async () => {} };
  return new RunChecks({ checks, users, servers, policyOf, clock }, [notice], (error) => failures.push(error));
}

async function take(...facts: AccountFact[]): Promise<void> {
  const events = facts.map((fact, index): AccountEvent => ({ partition: 2, position: index + 1, occurredAt: 0, fact }));
  await new TakeAccountEvents(harness.deliveries, runner()).execute(2, events);
}

const seen = (userId: string): AccountFact => ({ kind: 'seen', userId, day: '2026-11-28' });

it('looks after users who were registered or seen, and knows how far it is', async () => {
  const bob = `@bob:${SERVER}`;
  await harness.accounts.addUser({ userId: bob, passwordHash: undefined });
  await take(seen(ALICE), { kind: 'registered', userId: bob, isGuest: false }, { kind: 'deactivated', userId: SENDER });
  expect(await harness.deliveries.findPosition(2)).toBe(3);
  await runner().runOnce();
  expect(told.toSorted()).toEqual([ALICE, bob]);
  expect(await runner().runOnce()).toBeGreaterThan(0);
});

it('remembers nobody of whom nothing is to be told, nor of other servers', async () => {
  isConcerned = false;
  await take(seen(ALICE));
  isConcerned = true;
  await take(seen('@carol:far.example'));
  await runner().runOnce();
  expect(told).toEqual([]);
});

it('tells neither those who are gone nor the one who sends', async () => {
  await harness.accounts.addUser({ userId: SENDER, passwordHash: undefined });
  await take(seen(ALICE), seen(`@gone:${SERVER}`), seen(SENDER));
  await harness.accounts.deactivateUser(ALICE);
  await runner().runOnce();
  expect([told, failures]).toEqual([[], []]);
});

it('tells nothing to users of appservices', async () => {
  const puppet = `@irc_puppet:${SERVER}`;
  await harness.accounts.addUser({ userId: puppet, passwordHash: undefined, registeredBy: 'irc' });
  await take({ kind: 'registered', userId: puppet, isGuest: false, appserviceId: 'irc' }, seen(puppet));
  await runner().runOnce();
  expect(told).toEqual([]);
});

it('comes again to whom it could not tell', async () => {
  failing = new Error('the room is away');
  await take(seen(ALICE));
  await runner().runOnce();
  expect([told, failures]).toEqual([[], [failing]]);
  failing = undefined;
  await runner().runOnce();
  expect(told).toEqual([]);
  harness.deliveries.now += 60_000;
  await runner().runOnce();
  expect(told).toEqual([ALICE]);
});
