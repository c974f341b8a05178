import { afterEach, expect, it } from 'vitest';
import type { Deployment, ServiceName } from '../../scripts/cluster/deployment.ts';
import { coreServiceNames, serviceNames } from '../../scripts/cluster/deployment.ts';
import { query } from '../recovery/support/owners.ts';
import { isFull } from '../recovery/support/settings.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { launchRelease } from './support/launch-release.ts';
import { underTraffic } from './support/traffic.ts';

const SPREAD_WITHIN_MS = 60_000;

/** How many replicas there are in the end, of one. */
const REPLICAS = 4;

/** What moves with them: rooms, who waits in `/sync`, queues to other servers and to application services. */
const short: readonly ServiceName[] = ['event-persister', 'sync', 'federation-sender', 'appservice-sender'];
const scaled: readonly ServiceName[] = isFull ? [...short, 'client-api', 'federation-ingress', 'notices'] : short;
const services = serviceNames.filter((name) => coreServiceNames.some((core) => core === name) || scaled.includes(name));

/** Where owners of shards are named, and by which service. */
const owned: Readonly<Partial<Record<ServiceName, string>>> = {
  'event-persister': 'room_shards',
  'federation-sender': 'destination_shards',
  'appservice-sender': 'appservice_shards',
};

let deployment: Deployment | undefined;
afterEach(async () => {
  await deployment?.dispose();
  deployment = undefined;
});

it(`moves shards without an error from 1 to ${REPLICAS} replicas and back`, { timeout: 900_000 }, async () => {
  const running = await launchRelease({ services, replicas: REPLICAS, started: 1 });
  deployment = running;
  const met = await underTraffic(running, async () => {
    for (const service of scaled) {
      for (const process of running.processesOf(service).slice(1)) await process.start();
      await evenlyOwned(running, service, REPLICAS);
    }
    for (const service of scaled) {
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
