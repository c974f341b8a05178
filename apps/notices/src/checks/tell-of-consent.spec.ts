import { buildConsentUri } from '@plexus/policies';
import type { Consent, Policy } from '@plexus/storage';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, noticesConfig, noticesHarness, SERVER } from '../../test-support/notices-harness.ts';
import type { NoticesHarness } from '../../test-support/notices-harness.ts';
import { TellOfConsent } from './tell-of-consent.ts';

const NOW = 1_700_000_000_000;
const POLICY: Policy = {
  policyNid: 1,
  serverName: SERVER,
  name: 'privacy_policy',
  origin: 'configuration',
  title: 'Privacy Policy',
  isRequiredAtRegistration: false,
  noticeContent: { msgtype: 'm.text', body: 'Agree at %(consent_uri)s' },
  noticeTranslations: { de: { msgtype: 'm.text', body: 'Bitte: %(consent_uri)s' } },
  notifiesGuests: false,
  versions: [
    { versionNid: 10, version: '1', effectiveAt: 0, publishedAt: 0, languages: ['en'] },
    { versionNid: 11, version: '2', effectiveAt: NOW + 1_000, publishedAt: 0, languages: ['en'] },
  ],
};

const LINK = buildConsentUri({
  baseUrl: 'https://one.example',
  key: Buffer.alloc(32, 7),
  userId: ALICE,
  policy: 'privacy_policy',
});

let harness: NoticesHarness;
let policies: Policy[];
let consents: Pick<Consent, 'policyNid' | 'versionNid' | 'language'>[];
let now: number;

beforeEach(async () => {
  harness = await noticesHarness();
  policies = [POLICY];
  consents = [];
  now = NOW;
});

function telling(): TellOfConsent {
  return new TellOfConsent({
    policies: { policiesOf: () => policies },
    consents: { findConsents: async () => consents.map((consent) => ({ ...consent, ...REST })) },
    consentKeys: { findConsentKey: async () => Buffer.alloc(32, 7) },
    sendOnce: harness.sendOnce,
    clock: { now: () => now },
  });
}

const REST = {
  userId: ALICE,
  policy: 'privacy_policy',
  version: '',
  textSha256: Buffer.alloc(32),
  acceptedAt: 0,
  address: '',
  way: 'page',
} as const;

async function tell(userId = ALICE): Promise<unknown[]> {
  const server = harness.servers.find(SERVER);
  const user = await harness.accounts.findUser(userId);
  const policy = server && harness.policyOf(server);
  if (server === undefined || user === undefined || policy === undefined) throw new Error('the user is not there');
  await telling().tell({ user, server, policy });
  const roomId = (await harness.noticeRooms.findRoom(userId)) ?? '';
  return harness.writer.contentsOf(roomId, 'm.room.message').map(({ body }) => body);
}

describe('who has not agreed to what is current', () => {
  it('is asked once, with a link of their own, and again for a later version', async () => {
    const asked = [`Agree at ${LINK}`];
    expect(await tell()).toEqual(asked);
    expect(await tell()).toEqual(asked);
    now += 2_000;
    expect(await tell()).toEqual([...asked, ...asked]);
    await Promise.all([tell(), tell()]);
    expect(await tell()).toHaveLength(2);
  });

  it('is asked in the language of the server', async () => {
    harness.configure(noticesConfig('  language: de\n'));
    expect(await tell()).toEqual([`Bitte: ${LINK}`]);
  });

  it('is asked in their own language: the one in which they read last, else the one in which they registered', async () => {
    const hans = `@hans:${SERVER}`;
    await harness.accounts.addUser({ userId: hans, passwordHash: undefined, language: 'de-at' });
    expect(await tell(hans)).toEqual([expect.stringMatching(/^Bitte: /)]);
    consents = [{ policyNid: 2, versionNid: 5, language: 'de' }];
    expect(await tell()).toEqual([`Bitte: ${LINK}`]);
  });

  it('is not asked as a guest, unless the policy says so', async () => {
    const guest = `@guest:${SERVER}`;
    await harness.accounts.addUser({ userId: guest, passwordHash: undefined, isGuest: true });
    expect(await tell(guest)).toEqual([]);
    policies = [{ ...POLICY, notifiesGuests: true }];
    expect(await tell(guest)).toHaveLength(1);
  });
});

it('asks nobody who has agreed, to this version or a later one', async () => {
  consents = [{ policyNid: 1, versionNid: 11 }];
  expect(await tell()).toEqual([]);
  consents = [{ policyNid: 2, versionNid: 11 }];
  expect(await tell()).toHaveLength(1);
});

it('asks nobody where there is no notice, or no version yet', async () => {
  const server = harness.servers.find(SERVER);
  const concerns = (): boolean | undefined => server && telling().concerns(server);
  expect(concerns()).toBe(true);
  policies = [{ ...POLICY, versions: POLICY.versions.slice(1) }];
  expect([concerns(), await tell()]).toEqual([false, []]);
  const { noticeContent: _content, ...silent } = POLICY;
  policies = [silent];
  expect([concerns(), await tell()]).toEqual([false, []]);
});
