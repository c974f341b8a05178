import { ProcessCaches, SOLE_GENERATION } from '@plexus/cache';
import { MemoryCacheStore } from '@plexus/cache-memory';
import { systemClock } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import { FakeHostedServers, FakePolicies } from '@plexus/testing';
import { givenCodec, RequireConsent } from '../../apps/client-api/src/consent/require-consent.ts';
import { median } from './statistics.ts';

const USERS = 10_000;
const ROUNDS = 200;
const CALLS = 1_000;

/** What the gate adds to a send of a user who has agreed, and where no policy blocks: `node --conditions=plexus-source tests/load/consent-gate.ts`. */
const policies = new FakePolicies();
const caches = new ProcessCaches(
  { globalFactor: 1, perCacheFactors: {} },
  {
    store: new MemoryCacheStore(systemClock),
    generations: SOLE_GENERATION,
    clock: systemClock,
    nextChangeId: () => '',
    onStoreError: (error) => {
      throw error;
    },
  },
);
const documents = [
  { language: 'en', purpose: 'policy', format: 'markdown', source: 'x', sha256: Buffer.alloc(32) },
] as const;
const settings = { title: 'T', isRequiredAtRegistration: false, notifiesGuests: false, origin: 'admin-api' } as const;
const { policyNid } = await policies.storePolicy({ ...settings, serverName: 'asks.example', name: 'privacy_policy' });
for (let number = 1; number <= 5; number += 1)
  await policies.publishVersion(policyNid, { version: `${number}`, documents, effectiveAt: number, blockAt: number });
const byServer = new Map([['asks.example', policies.policiesOf('asks.example')]]);
const nobody: readonly never[] = [];

const gate = new RequireConsent({
  policies: { policiesOf: (serverName) => byServer.get(serverName) ?? nobody },
  consents: { findRequired: async () => [{ policyNid, policy: 'privacy_policy', versionNid: last(), isGiven: true }] },
  givenConsents: caches.open<true>({ name: 'consent', kind: 'immutable', codec: givenCodec, levels: 'process' }),
  consentKeys: { findConsentKey: async () => Buffer.alloc(32) },
  servers: new FakeHostedServers(['asks.example', 'free.example']),
  noticeRooms: { findRoom: async () => undefined },
  clock: systemClock,
});

for (const serverName of ['free.example', 'asks.example']) {
  const requesters = Array.from({ length: USERS }, (_, index) =>
    requesterOf(`@user${index}:${serverName}`, serverName),
  );
  for (const requester of requesters) await gate.execute(requester);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = performance.now();
    for (let call = 0; call < CALLS; call += 1) await gate.execute(requesters[(round * CALLS + call) % USERS] ?? bug());
    rounds.push(((performance.now() - begun) / CALLS) * 1_000);
  }
  console.log(`${serverName}: ${median(rounds).toFixed(2)} µs per send at the median`);
}

function last(): number {
  return policies.policiesOf('asks.example')[0]?.versions.at(-1)?.versionNid ?? 0;
}

function requesterOf(userId: string, serverName: string): Requester {
  const roles = { isAdmin: false, isDeploymentAdmin: false, isGuest: false };
  return { userId, serverName, deviceId: 'D', ...roles, tokenHash: Buffer.alloc(32) };
}

function bug(): never {
  throw new Error('there are users');
}
