import { FakeCache, FakeHostedServers, FakePolicies } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { requesterOf } from '../../test-support/fake-ports.ts';
import { RequireConsent } from './require-consent.ts';

const ALICE = '@alice:one.example';
const DOCUMENT = {
  language: 'en',
  purpose: 'policy',
  format: 'markdown',
  source: 'x',
  sha256: Buffer.alloc(32),
} as const;
const SETTINGS = {
  title: 'Privacy',
  isRequiredAtRegistration: false,
  notifiesGuests: false,
  origin: 'admin-api',
} as const;

describe('RequireConsent', () => {
  let policies: FakePolicies;
  let servers: FakeHostedServers;
  let asked: number;
  let now: number;
  let given: FakeCache<true>;
  let noticeRoom: string | undefined;
  let requireConsent: RequireConsent;

  beforeEach(() => {
    [policies, servers, given] = [new FakePolicies(), new FakeHostedServers(['one.example']), new FakeCache()];
    [asked, now, noticeRoom] = [0, 1_000, undefined];
    policies.now = () => now;
    requireConsent = new RequireConsent({
      policies,
      consents: {
        async findRequired(userId) {
          asked += 1;
          return policies.findRequired(userId);
        },
      },
      givenConsents: given,
      consentKeys: { findConsentKey: async () => Buffer.alloc(32, 7) },
      servers,
      noticeRooms: { findRoom: async () => noticeRoom },
      clock: { now: () => now },
    });
  });

  async function publish(version: string, blockAt: number | undefined, name = 'privacy_policy'): Promise<number> {
    const { policyNid } = await policies.storePolicy({ ...SETTINGS, serverName: 'one.example', name });
    const dates = { effectiveAt: now, ...(blockAt !== undefined && { blockAt }) };
    await policies.publishVersion(policyNid, { version, documents: [DOCUMENT], ...dates });
    return (
      policies
        .list()
        .flatMap(({ versions }) => versions)
        .find((one) => one.version === version)?.versionNid ?? 0
    );
  }

  function agree(versionNid: number): Promise<unknown> {
    return policies.storeConsent(ALICE, { versionNid, address: '', way: 'page' });
  }

  async function outcome(options = {}, who = requesterOf(ALICE)): Promise<unknown> {
    try {
      await requireConsent.execute(who, options);
      return 'may write';
    } catch (error) {
      return (error as { errcode: string }).errcode;
    }
  }

  it('has nothing to wait for where nothing blocks yet', async () => {
    expect(requireConsent.execute(requesterOf(ALICE))).toBeUndefined();
    await publish('1', 2_000);
    expect(requireConsent.execute(requesterOf(ALICE))).toBeUndefined();
    now = 2_000;
    expect(await outcome()).toBe('M_CONSENT_NOT_GIVEN');
  });

  it('asks Postgres each time as long as consent is missing, and never again once it is given', async () => {
    const version = await publish('1', 0);
    expect([await outcome(), await outcome(), asked]).toEqual(['M_CONSENT_NOT_GIVEN', 'M_CONSENT_NOT_GIVEN', 2]);
    await agree(version);
    expect([await outcome(), asked]).toEqual(['may write', 3]);
    expect(requireConsent.execute(requesterOf(ALICE))).toBeUndefined();
    expect(asked).toBe(3);
  });

  it('knows nothing of who had the same name before their server was removed and added again', async () => {
    const { policyNid } = await policies.storePolicy({ ...SETTINGS, serverName: '', name: 'privacy_policy' });
    await policies.publishVersion(policyNid, { version: '1', documents: [DOCUMENT], effectiveAt: now, blockAt: 0 });
    await agree(policies.list()[0]?.versions[0]?.versionNid ?? 0);
    expect(await outcome()).toBe('may write');
    servers.remove('one.example');
    policies.consents.length = 0;
    servers.now += 1;
    const added = { serverName: 'one.example', settings: {}, origin: 'admin-api', keyId: 'ed25519:2' } as const;
    await servers.addServer({ ...added, seed: Buffer.alloc(32, 2) });
    expect(await outcome()).toBe('M_CONSENT_NOT_GIVEN');
  });

  it('asks again for a later version, and only from its date on', async () => {
    await agree(await publish('1', 0));
    const second = await publish('2', 5_000);
    expect(await outcome()).toBe('may write');
    now = 5_000;
    expect(await outcome()).toBe('M_CONSENT_NOT_GIVEN');
    await agree(second);
    expect(await outcome()).toBe('may write');
  });

  it('takes consent to a version that does not block yet', async () => {
    await publish('1', 0);
    await agree(await publish('2', undefined));
    expect(await outcome()).toBe('may write');
  });

  it('lets nobody write who lacks one of several', async () => {
    await agree(await publish('1', 0));
    await publish('t', 0, 'terms');
    const error: unknown = await requireConsent.execute(requesterOf(ALICE))?.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ errcode: 'M_CONSENT_NOT_GIVEN', httpStatus: 403 });
    expect((error as { extra: { consent_uri: string } }).extra.consent_uri).toMatch(/u=alice&h=[0-9a-f]{64}&p=terms$/);
  });

  it('says what the policy wants to be said, with the link', async () => {
    await publish('1', 0);
    await policies.storePolicy({
      ...SETTINGS,
      serverName: 'one.example',
      name: 'privacy_policy',
      blockError: '100%% sure? %(consent_uri)s',
    });
    const error: unknown = await requireConsent.execute(requesterOf(ALICE))?.catch((caught: unknown) => caught);
    const { message, extra } = error as { message: string; extra: { consent_uri: string } };
    expect(message).toBe(`100% sure? ${extra.consent_uri}`);
    expect(extra.consent_uri).toMatch(/^https:\/\/one\.example\/_matrix\/consent\?u=alice&h=[0-9a-f]{64}$/);
  });

  it('lets bots through, and whom an administrator acts for', async () => {
    await publish('1', 0);
    expect(await outcome({}, { ...requesterOf(ALICE), isExemptFromConsent: true })).toBe('may write');
  });

  it('does not ask guests and administrators less', async () => {
    await publish('1', 0);
    expect(await outcome({}, { ...requesterOf(ALICE), isGuest: true })).toBe('M_CONSENT_NOT_GIVEN');
    expect(await outcome({}, { ...requesterOf(ALICE), isAdmin: true, isDeploymentAdmin: true })).toBe(
      'M_CONSENT_NOT_GIVEN',
    );
  });

  it('lets a user join the room of their notices, and no other', async () => {
    await publish('1', 0);
    noticeRoom = '!notices:one.example';
    expect(await outcome({ joining: '!notices:one.example' })).toBe('may write');
    expect(await outcome({ joining: '!other:one.example' })).toBe('M_CONSENT_NOT_GIVEN');
  });

  it('asks users of a server for the deployment’s policies until one of its own is effective', async () => {
    const { policyNid } = await policies.storePolicy({ ...SETTINGS, serverName: '', name: 'privacy_policy' });
    await policies.publishVersion(policyNid, { version: '1', documents: [DOCUMENT], effectiveAt: now, blockAt: 0 });
    expect(await outcome()).toBe('M_CONSENT_NOT_GIVEN');
    const own = await policies.storePolicy({ ...SETTINGS, serverName: 'one.example', name: 'own' });
    await policies.publishVersion(own.policyNid, { version: '1', documents: [DOCUMENT], effectiveAt: now + 1_000 });
    expect(await outcome()).toBe('M_CONSENT_NOT_GIVEN');
    now += 1_000;
    expect(await outcome()).toBe('may write');
  });

  it('believes Postgres where the copy is behind', async () => {
    const first = await publish('1', 0);
    const behind = new RequireConsent({
      policies: {
        policiesOf: () => [
          {
            ...SETTINGS,
            policyNid: 1,
            serverName: 'one.example',
            name: 'privacy_policy',
            versions: [
              { versionNid: first, version: '1', effectiveAt: 0, blockAt: 0, publishedAt: 0, languages: ['en'] },
            ],
          },
        ],
      },
      consents: policies,
      givenConsents: given,
      consentKeys: { findConsentKey: async () => Buffer.alloc(32, 7) },
      servers,
      noticeRooms: { findRoom: async () => undefined },
      clock: { now: () => now },
    });
    await agree(await publish('2', 0));
    await expect(behind.execute(requesterOf(ALICE))).resolves.toBeUndefined();
  });
});
