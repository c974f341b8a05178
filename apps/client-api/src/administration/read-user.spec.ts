import { consentNoticeId } from '@plexus/storage';
import { FakeNoticeDeliveries } from '@plexus/testing';
import { expect, it } from 'vitest';
import { fakePorts } from '../../test-support/fake-ports.ts';
import { ReadUser } from './read-user.ts';

const [ALICE, BOB] = ['@alice:one.example', '@bob:one.example'] as const;
const SETTINGS = { title: 'Privacy', isRequiredAtRegistration: false, notifiesGuests: false };
const DOCUMENT = {
  language: 'en',
  purpose: 'policy',
  format: 'markdown',
  source: '#',
  sha256: Buffer.alloc(32),
} as const;

it('shows what a user agreed to last, and for which version a notice has asked them', async () => {
  const { policies, admin, ...ports } = fakePorts();
  const sentNotices = new FakeNoticeDeliveries();
  const userAdmin = { ...admin.users, listExternalIds: async () => [] };
  const readUser = new ReadUser({ ...ports, policies, sentNotices, userAdmin });
  const about = { serverName: 'one.example', name: 'privacy', origin: 'admin-api' } as const;
  const { policyNid } = await policies.storePolicy({ ...about, ...SETTINGS });
  for (const version of ['1.0', '2.0', '3.0']) {
    await policies.publishVersion(policyNid, { version, documents: [DOCUMENT] });
  }
  const nids = policies.list().flatMap(({ versions }) => versions.map(({ versionNid }) => versionNid));
  const given = { address: '192.0.2.1', way: 'page' } as const;
  for (const versionNid of nids.slice(0, 2)) await policies.storeConsent(ALICE, { ...given, versionNid });
  for (const versionNid of nids) {
    const noticeId = consentNoticeId(versionNid, ALICE);
    await sentNotices.insertOrGet({ noticeId, userId: ALICE, rememberedMs: undefined });
    if (versionNid !== nids[2]) await sentNotices.setSent(noticeId, '$notice');
  }
  expect(await readUser.details(ALICE)).toMatchObject({ lastConsent: { version: '2.0' }, consentAskedFor: '2.0' });
  expect(await readUser.details(BOB)).toMatchObject({ lastConsent: undefined, consentAskedFor: undefined });
});
