import { beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { MatrixClient, MatrixHttp } from '../support/matrix-client.ts';
import { inBothModes, inOneMode, uniqueName } from './support/in-both-modes.ts';
import { syncOnce } from './support/timeline.ts';

inBothModes('an operator who looks', (deploy) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy();
  });

  it('finds every process alive and ready, with its memory and its caches by name', async () => {
    for (const { name, operationUrl } of deployment.services) {
      for (const path of ['/health/live', '/health/ready']) {
        expect([name, path, (await fetch(operationUrl + path)).status]).toEqual([name, path, 200]);
      }
      const metrics = await (await fetch(`${operationUrl}/metrics`)).text();
      const series = metrics.split('\n').map((line) => line.split(' ')[0]);
      expect(series).toContain('process_resident_memory_bytes{server_name="plexus"}');
      expect(series).toContain('synapse_util_caches_cache_max_size{name="state_nodes",server_name="plexus"}');
      expect(series).toContain('plexus_cache_factor{name="access_tokens",server_name="plexus"}');
    }
  });
});

// What happens to requests while everything restarts is in `tests/upgrade`.
inOneMode('distributed', 'processes that are stopped', (deploy) => {
  let deployment: Deployment;
  let writer: MatrixClient;
  beforeAll(async () => {
    deployment = await deploy();
    writer = await new MatrixHttp(deployment).register(uniqueName('writer'));
  });

  it('answer whoever waits at them before they end', async () => {
    const [stopped] = deployment.processesOf('sync');
    if (stopped === undefined) throw new Error('there is a sync process');
    // Else those of other stories, who have given up, would wait at it for up to half a minute.
    await stopped.stop();
    await stopped.start();
    const waiter = new MatrixClient(new MatrixHttp(stopped.url), writer.session);
    const { next_batch: since } = await syncOnce(waiter);
    await expect.poll(() => waitingClients(stopped.operationUrl), { timeout: 60_000 }).toBe(0);
    const waiting = syncOnce(waiter, { since, timeout: 60_000 });
    await expect.poll(() => waitingClients(stopped.operationUrl), { timeout: 10_000 }).toBe(1);
    await stopped.stop();
    expect((await waiting).next_batch).not.toBe('');
    await stopped.start();
  });
});

async function waitingClients(operationUrl: string): Promise<number> {
  const metrics = await (await fetch(`${operationUrl}/metrics`)).text();
  return Number(/^plexus_sync_waiting_clients(?:{.*})? (\d+)$/m.exec(metrics)?.[1]);
}
