import { FakeHostedServers } from '@plexus/testing';
import { expect, it } from 'vitest';
import { DescribeUsage } from './describe-usage.ts';

const NAMES = Array.from({ length: 25 }, (_, index) => `s${String(index).padStart(2, '0')}.example`);

it('goes through all servers page by page, and leaves none out', async () => {
  const use = { findUse: async () => [], countAccounts: async () => [] };
  const rules = { quotasOf: () => ({}), contactOf: () => undefined };
  const describeUsage = new DescribeUsage({ servers: new FakeHostedServers(NAMES), use }, rules);
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await describeUsage.page({ after, limit: 10 });
    expect(page.total).toBe(25);
    seen.push(...page.usages.map(({ accounts }) => accounts.serverName));
    after = page.nextAfter;
  } while (after !== undefined);
  expect(seen).toEqual(NAMES);
  expect((await describeUsage.page({ after: 'zzz', limit: 10 })).usages).toEqual([]);
  const admin = { serverName: 's00.example', isDeploymentAdmin: true };
  expect((await describeUsage.ofServer(admin, 's07.example')).accounts.users).toBe(0);
  await expect(describeUsage.ofServer(admin, 'nobody.example')).rejects.toThrow('not hosted');
});
