import { beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { openReverseProxy } from '../../scripts/cluster/reverse-proxy.ts';
import { orderedReplicas } from '../../scripts/cluster/ordered-replicas.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';
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

it('restarts every service one after the other, and no request fails', { timeout: 300_000 }, async () => {
  const deployment = await launchCluster({ serverName: 'one.test' });
  const proxy = await openReverseProxy({ port: 0, upstreamsFor: orderedReplicas(deployment) });
  try {
    const http = new MatrixHttp(proxy.url);
    const writer = await http.register(uniqueName('writer'));
    const roomIds = await Promise.all(Array.from({ length: 8 }, () => writer.createRoom()));
    const progress = { isDone: false };
    const restarting = restartAll(deployment).finally(() => (progress.isDone = true));
    const sent = new Set<string>();
    let { next_batch: since } = await syncOnce(writer);
    const seen = new Set<string>();
    const follow = async (timeout: number): Promise<void> => {
      const answer = await syncOnce(writer, { since, timeout });
      since = answer.next_batch;
      for (const { timeline } of Object.values(answer.rooms?.join ?? {}))
        for (const event of timeline.events) if (event.type === 'm.room.message') seen.add(event.event_id);
    };
    for (let index = 0; !progress.isDone; index += 1) {
      const roomId = roomIds[index % roomIds.length] ?? '';
      sent.add(await writer.send(roomId, `message ${index}`));
      await follow(0);
    }
    await restarting;
    while (seen.size < sent.size) await follow(30_000);
    expect(seen).toEqual(sent);
    expect(sent.size).toBeGreaterThan(10);
  } finally {
    await proxy.close();
    await deployment.dispose();
  }
});

async function restartAll(deployment: Deployment): Promise<void> {
  for (const service of deployment.services) {
    await service.stop();
    await service.start();
  }
}
