import { setTimeout } from 'node:timers/promises';
import type { Clock } from '@plexus/matrix-base';
import type { NewPolicyVersion, PolicyDocument } from '@plexus/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresAccountEvents } from '../account-events/postgres-account-events.ts';
import { PostgresAuthSessions } from '../accounts/postgres-auth-sessions.ts';
import { PostgresHostedServers } from '../accounts/postgres-hosted-servers.ts';
import { PostgresServerRemovals } from '../accounts/postgres-server-removals.ts';
import { PostgresUserData } from '../accounts/postgres-user-data.ts';
import { PostgresUsers } from '../accounts/postgres-users.ts';
import { PostgresPolicies } from '../policies/postgres-policies.ts';
import { PostgresConsentKeys } from './postgres-consent-keys.ts';
import { PostgresConsents } from './postgres-consents.ts';

const clock: Clock = {
  now: () => Date.now(),
  delay: async (ms, signal) => {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};
const SETTINGS = {
  title: 'Privacy',
  isRequiredAtRegistration: false,
  notifiesGuests: false,
  origin: 'admin-api',
} as const;

let test: TestDatabase;
let policies: PostgresPolicies;
let consents: PostgresConsents;
let users: PostgresUsers;
let last = 0;

beforeAll(async () => {
  test = await createTestDatabase();
  policies = new PostgresPolicies(test.database, { clock, onPollError: () => undefined });
  await policies.start();
  consents = new PostgresConsents(test.database);
  users = new PostgresUsers(test.database);
});
afterAll(async () => {
  await policies.stop();
  await test.drop();
});

async function newUser(serverName: string): Promise<string> {
  const userId = `@u${++last}:${serverName}`;
  await users.addUser({ userId, passwordHash: undefined });
  return userId;
}

function document(language: string, source = `text in ${language}`): PolicyDocument {
  return { language, purpose: 'policy', format: 'markdown', source, sha256: Buffer.alloc(32, source.length) };
}

async function publish(
  serverName: string,
  version: Partial<NewPolicyVersion> & { readonly version: string },
): Promise<number> {
  const { policyNid } = await policies.storePolicy({ ...SETTINGS, serverName, name: 'privacy_policy' });
  const outcome = await policies.publishVersion(policyNid, { documents: [document('en'), document('de')], ...version });
  expect(outcome).toBe('published');
  const found = policies.policiesOf(serverName).flatMap(({ versions }) => versions);
  return found.find((one) => one.version === version.version)?.versionNid ?? 0;
}

async function factsOf(userId: string): Promise<unknown[]> {
  const events = new PostgresAccountEvents(test.database);
  const all = await Promise.all(
    [0, 1, 2, 3, 4, 5, 6, 7].map((partition) => events.readAccountEvents(partition, 0, 1_000)),
  );
  return all.flat().flatMap(({ fact }) => ('userId' in fact && fact.userId === userId ? [fact] : []));
}

describe('policies', () => {
  it('are in the copy as they were stored, versions in their order', async () => {
    await publish('order.test', { version: '1', blockAt: 5 });
    await publish('order.test', { version: '2', effectiveAt: Date.now() + 1_000_000 });
    const [policy] = policies.policiesOf('order.test');
    expect(policy).toMatchObject({ ...SETTINGS, serverName: 'order.test', name: 'privacy_policy' });
    expect(policy?.versions.map(({ version, blockAt, languages }) => [version, blockAt, languages])).toEqual([
      ['1', 5, ['de', 'en']],
      ['2', undefined, ['de', 'en']],
    ]);
  });

  it('refuse a version that is there, one that would come before another, and one of no policy', async () => {
    await publish('refused.test', { version: '1' });
    const [policy] = policies.policiesOf('refused.test');
    const nid = policy?.policyNid ?? 0;
    const documents = [document('en')];
    expect(await policies.publishVersion(nid, { version: '1', documents })).toBe('version-exists');
    expect(await policies.publishVersion(nid, { version: '2', documents, effectiveAt: 5 })).toBe('too-early');
    expect(await policies.publishVersion(-1, { version: '2', documents })).toBe('unknown-policy');
  });

  it('keep their texts', async () => {
    const version = await publish('texts.test', { version: '1' });
    expect(await policies.findDocuments(version)).toEqual([document('de'), document('en')]);
  });

  it('are shown by another process as soon as it has refreshed its copy', async () => {
    const other = new PostgresPolicies(test.database, { clock, onPollError: () => undefined });
    await publish('refreshed.test', { version: '1' });
    expect(other.policiesOf('refreshed.test')).toEqual([]);
    await other.refresh();
    expect(other.policiesOf('refreshed.test')).toEqual(policies.policiesOf('refreshed.test'));
  });

  it('reach another process within a second', async () => {
    const other = new PostgresPolicies(test.database, { clock, onPollError: () => undefined });
    await other.start();
    await publish('other.test', { version: '1' });
    const begun = performance.now();
    await expect
      .poll(() => other.policiesOf('other.test')[0]?.versions.length, { interval: 10, timeout: 5_000 })
      .toBe(1);
    expect(performance.now() - begun).toBeLessThan(1_000);
    await other.stop();
  });

  it('are the deployment’s where a server has none, and again when its own are retired', async () => {
    await publish('', { version: 'common' });
    expect(policies.policiesOf('plain.test')[0]?.serverName).toBe('');
    await publish('plain.test', { version: '1' });
    const [own] = policies.policiesOf('plain.test');
    expect(own?.serverName).toBe('plain.test');
    expect(await policies.retirePolicy(own?.policyNid ?? 0)).toBe(true);
    expect(policies.policiesOf('plain.test')[0]?.serverName).toBe('');
    const [common] = policies.policiesOf('');
    await policies.retirePolicy(common?.policyNid ?? 0);
    expect(policies.policiesOf('plain.test')).toEqual([]);
  });

  it('are the deployment’s until one of the server’s own is effective', async () => {
    const common = await publish('', { version: 'of all', blockAt: 5 });
    const userId = await newUser('prepared.test');
    const { policyNid } = await policies.storePolicy({ ...SETTINGS, serverName: 'prepared.test', name: 'own' });
    const required = async (): Promise<unknown> => (await consents.findRequired(userId)).map((one) => one.versionNid);
    const [asked] = policies.policiesOf('prepared.test');
    expect([asked?.serverName, await required()]).toEqual(['', [common]]);
    const version = { version: '1', blockAt: 5, documents: [document('en')] };
    await policies.publishVersion(policyNid, { ...version, effectiveAt: Date.now() + 1_000_000 });
    expect([policies.policiesOf('prepared.test')[0]?.serverName, await required()]).toEqual(['', [common]]);
    const second = await policies.storePolicy({ ...SETTINGS, serverName: 'prepared.test', name: 'other' });
    await policies.publishVersion(second.policyNid, version);
    const own = policies.policiesOf('prepared.test').map(({ serverName, name }) => [serverName, name]);
    expect(own).toEqual([
      ['prepared.test', 'other'],
      ['prepared.test', 'own'],
    ]);
    expect(await required()).not.toContain(common);
    await policies.retirePolicy(policies.policiesOf('')[0]?.policyNid ?? 0);
  });

  it('take a version back only before it is effective and agreed to', async () => {
    await publish('back.test', { version: '1' });
    const next = await publish('back.test', { version: '2', effectiveAt: Date.now() + 1_000_000 });
    const eager = await newUser('back.test');
    await consents.storeConsent(eager, { versionNid: next, address: '', way: 'page' });
    expect(await policies.removeVersion(next)).toBe(false);
    const third = await publish('back.test', { version: '3', effectiveAt: Date.now() + 2_000_000 });
    expect(await policies.removeVersion(third)).toBe(true);
    expect(await policies.findDocuments(third)).toEqual([]);
  });
});

describe('consents', () => {
  it('are stored once, with the text that was shown, and told of', async () => {
    const userId = await newUser('once.test');
    const versionNid = await publish('once.test', { version: '1' });
    const consent = { versionNid, language: 'de', address: '192.0.2.1', way: 'page' } as const;
    expect(await consents.storeConsent(userId, consent)).toBe('stored');
    expect(await consents.storeConsent(userId, { ...consent, language: 'en' })).toBe('known');
    const [stored, ...others] = await consents.findConsents(userId);
    expect([stored, others]).toMatchObject([
      { userId, policy: 'privacy_policy', version: '1', language: 'de', address: '192.0.2.1', way: 'page' },
      [],
    ]);
    expect(stored?.textSha256).toEqual(document('de').sha256);
    expect(await factsOf(userId)).toEqual([
      { kind: 'registered', userId, isGuest: false },
      { kind: 'consented', userId, policy: 'privacy_policy', version: '1' },
    ]);
  });

  it('are of users and versions that are there', async () => {
    const versionNid = await publish('there.test', { version: '1' });
    const consent = { versionNid, address: '', way: 'page' } as const;
    expect(await consents.storeConsent('@nobody:there.test', consent)).toBe('unknown-user');
    const userId = await newUser('there.test');
    expect(await consents.storeConsent(userId, { ...consent, versionNid: -1 })).toBe('unknown-version');
    await users.deactivateUser(userId);
    expect(await consents.storeConsent(userId, consent)).toBe('unknown-user');
  });

  it('that block are those of the last version whose date has come, and a later one counts', async () => {
    const userId = await newUser('block.test');
    expect(await consents.findRequired(userId)).toEqual([]);
    const first = await publish('block.test', { version: '1', blockAt: 5 });
    const second = await publish('block.test', { version: '2', blockAt: Date.now() + 1_000_000 });
    expect(await consents.findRequired(userId)).toMatchObject([{ versionNid: first, isGiven: false }]);
    await consents.storeConsent(userId, { versionNid: second, address: '', way: 'page' });
    expect(await consents.findRequired(userId)).toMatchObject([{ versionNid: first, isGiven: true }]);
    await policies.setBlockDate(second, 5);
    expect(await consents.findRequired(userId)).toMatchObject([{ versionNid: second, isGiven: true }]);
    await policies.setBlockDate(second, undefined);
    await policies.setBlockDate(first, undefined);
    expect(await consents.findRequired(userId)).toEqual([]);
  });

  it('are stored with a registration or not at all', async () => {
    const versionNid = await publish('register.test', { version: '1' });
    const agreed = [{ versionNid, address: '192.0.2.9', way: 'registration' }] as const;
    const sessionHash = Buffer.alloc(32, 9);
    const operationHash = Buffer.alloc(32);
    const sessions = new PostgresAuthSessions(test.database);
    await sessions.addAuthSession(
      { sessionHash, operationHash, serverName: 'register.test', userId: undefined },
      60_000,
    );
    const registration = { userId: '@r:register.test', passwordHash: undefined, sessionHash, consents: agreed };
    expect(await users.registerUser(registration)).toBe('registered');
    expect(await consents.findConsents('@r:register.test')).toMatchObject([{ version: '1', way: 'registration' }]);
    expect(await users.registerUser({ ...registration, userId: '@s:register.test' })).toBe('session-used');
    expect(await consents.findConsents('@s:register.test')).toEqual([]);
    expect(await factsOf('@s:register.test')).toEqual([]);
  });

  it('are listed by pages', async () => {
    const versionNid = await publish('pages.test', { version: '1' });
    const ids = [await newUser('pages.test'), await newUser('pages.test'), await newUser('pages.test')].toSorted();
    for (const userId of ids) await consents.storeConsent(userId, { versionNid, address: '', way: 'page' });
    const first = await consents.listConsents('pages.test', { limit: 2 });
    const after = first.at(-1);
    const rest = await consents.listConsents('pages.test', { limit: 2, ...(after !== undefined && { after }) });
    expect([...first, ...rest].map(({ userId }) => userId)).toEqual(ids);
  });

  it('are part of what is held about a user, hash included', async () => {
    const versionNid = await publish('held.test', { version: '1' });
    const userId = await newUser('held.test');
    await consents.storeConsent(userId, { versionNid, language: 'en', address: '192.0.2.1', way: 'page' });
    const data = new PostgresUserData(test.database);
    expect(await data.listTables()).toContain('consents');
    const [row] = await data.readRows('consents', userId, { offset: 0, limit: 10 });
    expect(row).toMatchObject({ policy: 'privacy_policy', version: '1', address: '192.0.2.1' });
    expect(row).toHaveProperty('text_sha256');
  });
});

describe('hosted servers', () => {
  it('have a key each, and leave nothing behind', async () => {
    const servers = new PostgresHostedServers(test.database, { clock, onPollError: () => undefined });
    const keys = new PostgresConsentKeys(test.database);
    for (const serverName of ['gone.test', 'stays.test'])
      await servers.addServer({
        serverName,
        settings: {},
        origin: 'admin-api',
        keyId: 'ed25519:1',
        seed: Buffer.alloc(32, 1),
      });
    const [gone, stays] = [await keys.findConsentKey('gone.test'), await keys.findConsentKey('stays.test')];
    expect([gone?.length, stays?.length]).toEqual([32, 32]);
    expect(gone?.equals(stays ?? Buffer.alloc(0))).toBe(false);
    const versionNid = await publish('gone.test', { version: '1' });
    const userId = await newUser('gone.test');
    await consents.storeConsent(userId, { versionNid, address: '', way: 'page' });
    await new PostgresServerRemovals(test.database).removeServerRows('gone.test');
    await policies.retirePolicy(-1);
    expect(policies.policiesOf('gone.test')).toEqual([]);
    expect(await consents.listConsents('gone.test', { limit: 10 })).toEqual([]);
    expect(await policies.findDocuments(versionNid)).toEqual([]);
    expect(await keys.findConsentKey('gone.test')).toBeUndefined();
  });
});
