import { afterEach, expect, it } from 'vitest';
import type { Deployment, ServiceName } from '../../scripts/cluster/deployment.ts';
import { coreServiceNames } from '../../scripts/cluster/deployment.ts';
import { query } from '../recovery/support/owners.ts';
import { isFull } from '../recovery/support/settings.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { launchRelease } from './support/launch-release.ts';
import { underTraffic } from './support/traffic.ts';

const SPREAD_WITHIN_MS = 60_000;

interface Scaled {
  readonly services: readonly ServiceName[];
  /** How many replicas there are in the end, of one. */
  readonly replicas: number;
}

const short: Scaled = { services: ['event-persister', 'sync'], replicas: 2 };
const full: Scaled = {
  services: ['event-persister', 'sync', 'federation-sender', 'client-api', 'federation-ingress'],
  replicas: 4,
};
const { services, replicas } = isFull ? full : short;

/** Where owners of shards are named, and by which service. */
const owned: Readonly<Partial<Record<ServiceName, string>>> = {
  'event-persister': 'room_shards',
  'federation-sender': 'destination_shards',
};

let deployment: Deployment | undefined;
afterEach(async () => {
  await deployment?.dispose();
  deployment = undefined;
});

it(`moves shards without an error from 1 to ${replicas} replicas and back`, { timeout: 600_000 }, async () => {
  const running = await launchRelease({ services: coreServiceNames, replicas, started: 1 });
  deployment = running;
  const met = await underTraffic(running, async () => {
    for (const service of services) {
      for (const process of running.processesOf(service).slice(1)) await process.start();
      await evenlyOwned(running, service, replicas);
    }
    for (const service of services) {
      for (const process of running.processesOf(service).slice(1).toReversed()) await process.stop();
      await evenlyOwned(running, service, 1);
    }
    // Whoever checks what is left looks at two replicas of each.
    for (const service of ['client-api', 'sync'] as const) await running.processesOf(service)[1]?.start();
  });
  console.log(`  ${met.requests} requests`);
  expect(met.failures).toEqual([]);
  expect(met.violations).toEqual([]);
  expect(met.requests).toBeGreaterThan(100);
});

/** Each replica owns as many shards as the others, or one more. */
async function evenlyOwned(running: Deployment, service: ServiceName, owners: number): Promise<void> {
  const table = owned[service];
  if (table === undefined) return;
  await waitUntil(`${owners} owners of ${table}`, SPREAD_WITHIN_MS, async () => {
    const text = `select owner_address, count(*)::int as count from ${table} group by owner_address`;
    const rows = await query<{ owner_address: string | null; count: number }>(running, text);
    const counts = rows.map(({ count }) => count);
    const isOwned = rows.every(({ owner_address: address }) => address !== null);
    return isOwned && rows.length === owners && Math.max(...counts) - Math.min(...counts) <= 1;
  });
}
