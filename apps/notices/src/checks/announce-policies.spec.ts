import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import type { Policy } from '@plexus/storage';
import { FakeNoticeRounds } from '@plexus/testing';
import { beforeEach, expect, it } from 'vitest';
import { noticesConfig, noticesHarness, SERVER } from '../../test-support/notices-harness.ts';
import type { NoticesHarness } from '../../test-support/notices-harness.ts';
import { AnnouncePolicies } from './announce-policies.ts';

const NOW = 1_700_000_000_000;
const POLICY: Policy = {
  policyNid: 1,
  serverName: SERVER,
  name: 'privacy_policy',
  origin: 'admin-api',
  title: 'Privacy Policy',
  isRequiredAtRegistration: false,
  noticeContent: { msgtype: 'm.text', body: 'Agree at %(consent_uri)s' },
  notifiesGuests: false,
  versions: [{ versionNid: 10, version: '1', effectiveAt: 0, publishedAt: 0, languages: ['en'] }],
};
const USERS = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `@${name}:${SERVER}`);
const FAR = '@far:two.example';

let harness: NoticesHarness;
let policies: Policy[];
let now: number;
let isTurn: boolean;
let wereAbout: Set<string>;
let rounds: FakeNoticeRounds;

beforeEach(async () => {
  harness = await noticesHarness();
  [policies, now, isTurn] = [[POLICY], NOW, true];
  wereAbout = new Set([...USERS, FAR]);
  rounds = new FakeNoticeRounds(harness.deliveries, () => [...USERS, FAR], wereAbout);
});

function announcing(perSecond = 100): AnnouncePolicies {
  const { servers, policyOf } = harness;
  const ports = {
    policies: { list: () => policies },
    rounds,
    servers,
    policyOf,
    turns: { takeTurn: async () => isTurn },
    clock: { now: () => now },
  };
  return new AnnouncePolicies(ports, { everyMs: 1_000, perSecond });
}

/** Who came to be looked after since this was last asked. */
async function lookedAfter(): Promise<string[]> {
  const { claim, userIds } = await harness.deliveries.claimChecks(100, 60_000);
  await harness.deliveries.finishChecks(claim, userIds);
  return userIds.toSorted();
}

it('has those looked after who were about when a version came into force, once, as soon as every process may know it', async () => {
  wereAbout.delete('@c:one.example');
  const one = announcing();
  await one.execute();
  expect(await lookedAfter()).toEqual([]);
  await one.execute();
  expect(await lookedAfter()).toEqual(['a', 'b', 'd', 'e', 'f'].map((name) => `@${name}:${SERVER}`));
  await one.execute();
  const other = announcing();
  await other.execute();
  await other.execute();
  expect(await lookedAfter()).toEqual([]);
});

it('waits for the day on which a version is effective', async () => {
  const later = { versionNid: 11, version: '2', effectiveAt: NOW + 5_000, publishedAt: NOW, languages: ['en'] };
  const one = announcing();
  await one.execute();
  await one.execute();
  await lookedAfter();
  policies = [{ ...POLICY, versions: [...POLICY.versions, later] }];
  await one.execute();
  await one.execute();
  expect(await lookedAfter()).toEqual([]);
  now += 5_000;
  await one.execute();
  await one.execute();
  expect(await lookedAfter()).toEqual(USERS);
});

it('goes through the users of all servers for a policy of the deployment', async () => {
  policies = [{ ...POLICY, serverName: '' }];
  const one = announcing();
  await one.execute();
  await one.execute();
  expect(await lookedAfter()).toEqual([...USERS, FAR]);
});

it('takes no more at a look than may be told meanwhile, and goes on with the next', async () => {
  wereAbout = new Set(USERS.slice(1));
  rounds = new FakeNoticeRounds(harness.deliveries, () => USERS, wereAbout);
  const one = announcing(2);
  await one.execute();
  const taken: string[][] = [];
  for (let look = 0; look < 4; look++) {
    await one.execute();
    taken.push(await lookedAfter());
  }
  expect(taken).toEqual([USERS.slice(1, 4), USERS.slice(4, 6), [], []]);
});

it('leaves it to another replica whose turn it is', async () => {
  isTurn = false;
  const one = announcing();
  await one.execute();
  await one.execute();
  expect(await lookedAfter()).toEqual([]);
  isTurn = true;
  await one.execute();
  expect(await lookedAfter()).toEqual(USERS);
});

it('announces nothing that has no notice, nor where nobody is told anything, until that changes', async () => {
  const { noticeContent: _content, ...silent } = POLICY;
  policies = [silent, { ...POLICY, policyNid: 2, serverName: 'unknown.example' }];
  const one = announcing();
  await one.execute();
  await one.execute();
  policies = [POLICY];
  harness.configure(loadConfigText('servers: []\n', readEnvironment({})));
  await one.execute();
  await one.execute();
  expect(await lookedAfter()).toEqual([]);
  harness.configure(noticesConfig());
  await one.execute();
  await one.execute();
  expect(await lookedAfter()).toEqual(USERS);
});
