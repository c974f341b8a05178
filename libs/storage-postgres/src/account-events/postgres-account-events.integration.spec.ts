import { ACCOUNT_PARTITIONS, accountPartitionOf } from '@plexus/storage';
import type { AccountFact } from '@plexus/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresAccountDeactivations } from '../accounts/postgres-account-deactivations.ts';
import { PostgresUsers } from '../accounts/postgres-users.ts';
import { appendAccountEvents } from './append-account-events.ts';
import { PostgresAccountEvents } from './postgres-account-events.ts';

let test: TestDatabase;
let events: PostgresAccountEvents;
let users: PostgresUsers;

beforeAll(async () => {
  test = await createTestDatabase();
  events = new PostgresAccountEvents(test.database);
  users = new PostgresUsers(test.database);
});
afterAll(() => test.drop());

async function factsOf(userId: string): Promise<AccountFact[]> {
  const all = await events.readAccountEvents(accountPartitionOf(userId), 0, 10_000);
  return all.map(({ fact }) => fact).filter((fact) => 'userId' in fact && fact.userId === userId);
}

/** In which partition whose facts go, so that tests can wait on one another's. */
function usersOf(partition: number, count: number): string[] {
  const found: string[] = [];
  for (let index = 0; found.length < count; index += 1) {
    const userId = `@p${index}:many.test`;
    if (accountPartitionOf(userId) === partition) found.push(userId);
  }
  return found;
}

describe('facts', () => {
  it('are told of registration, upgrade of a guest, and deactivation, once each', async () => {
    const userId = '@guest:one.test';
    await users.addUser({ userId, passwordHash: undefined, isGuest: true });
    await users.addUser({ userId, passwordHash: undefined, isGuest: true });
    await users.registerUser({ userId, passwordHash: 'hash', isUpgrade: true });
    await new PostgresAccountDeactivations(test.database).startDeactivation({ userId, erase: false });
    await new PostgresAccountDeactivations(test.database).startDeactivation({ userId, erase: true });
    expect(await factsOf(userId)).toEqual([
      { kind: 'registered', userId, isGuest: true },
      { kind: 'registered', userId, isGuest: false },
      { kind: 'deactivated', userId },
    ]);
  });

  it('have dense positions, whoever writes at the same time', async () => {
    const ids = [...usersOf(0, 40), ...usersOf(1, 40)];
    await Promise.all(ids.map((userId) => users.addUser({ userId, passwordHash: undefined })));
    for (const partition of [0, 1]) {
      const written = await events.readAccountEvents(partition, 0, 1_000);
      expect(written.map(({ position }) => position)).toEqual(written.map((_, index) => index + 1));
      expect((await events.readAccountPositions()).get(partition)).toBe(written.length);
    }
  });

  it('of several partitions are written together without waiting for one another in a circle', async () => {
    const both = [...usersOf(2, 1), ...usersOf(3, 1)].map((userId) => ({ kind: 'deactivated', userId }) as const);
    const orders = [both, both.toReversed()];
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        test.database.transaction((transaction) => appendAccountEvents(transaction, orders[index % 2] ?? [])),
      ),
    );
    for (const partition of [2, 3]) expect(await events.readAccountEvents(partition, 0, 1_000)).toHaveLength(40);
  });

  it('of a transaction that fails are none', async () => {
    const [userId = ''] = usersOf(4, 1);
    const before = (await events.readAccountPositions()).get(4);
    const failing = test.database.transaction(async (transaction) => {
      await appendAccountEvents(transaction, [{ kind: 'deactivated', userId }]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await events.readAccountPositions()).get(4)).toBe(before);
  });
});

describe('users who are seen', () => {
  it('are told of once an hour, whichever process sees them', async () => {
    const [userId = ''] = usersOf(5, 1);
    await users.addUser({ userId, passwordHash: undefined });
    await Promise.all([events.storeSeenUsers([userId, '@nobody:one.test']), events.storeSeenUsers([userId])]);
    expect(await factsOf(userId)).toEqual([
      { kind: 'registered', userId, isGuest: false },
      { kind: 'seen', userId, day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
    ]);
    await test.database.query(`update seen_users set seen_at = now() - interval '61 minutes' where user_id = $1`, [
      userId,
    ]);
    await events.storeSeenUsers([userId]);
    expect(await factsOf(userId)).toHaveLength(3);
    expect(await factsOf('@nobody:one.test')).toEqual([]);
  });
});

describe('the outbox', () => {
  it('leases a partition to one publisher at a time', async () => {
    const mine = await events.leaseUnpublished('one', 60_000);
    expect(mine.length).toBeGreaterThan(0);
    expect(await events.leaseUnpublished('two', 60_000)).toEqual([]);
    const [first] = mine;
    if (first === undefined) throw new Error('nothing waits');
    const end = (await events.readAccountPositions()).get(first.partition) ?? 0;
    expect(await events.storePublished('two', { partition: first.partition, published: end })).toBe(false);
    expect(await events.storePublished('one', { partition: first.partition, published: end })).toBe(true);
    await events.releaseLeases('one');
    const rest = await events.leaseUnpublished('two', 60_000);
    expect(rest.map(({ partition }) => partition)).not.toContain(first.partition);
    expect(rest.length).toBe(mine.length - 1);
  });

  it('gives up what is old and published only', async () => {
    const positions = await events.readAccountPositions();
    const written = [...positions.values()].reduce((sum, position) => sum + position, 0);
    await test.database.query(`update account_events set occurred_at = now() - interval '2 days'`);
    const removed = await events.removeOldEvents(24 * 3_600_000);
    expect(removed).toBeGreaterThan(0);
    expect(removed).toBeLessThan(written);
    const left = await Promise.all(
      Array.from({ length: ACCOUNT_PARTITIONS }, (_, partition) => events.readAccountEvents(partition, 0, 10_000)),
    );
    expect(left.flat()).toHaveLength(written - removed);
  });
});
