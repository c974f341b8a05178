import type { Deployment, ServiceName } from '../../../scripts/cluster/deployment.ts';
import { serviceOfPath } from '../../../scripts/cluster/paths.ts';
import type { ReverseProxy } from '../../../scripts/cluster/reverse-proxy.ts';
import { openReverseProxy } from '../../../scripts/cluster/reverse-proxy.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { RequestTally } from './request-tally.ts';

/** How often the proxy looks who is ready; a service goes on serving for longer after it has become unready. */
const LOOK_EVERY_MS = 150;
export const UNREADY_DELAY = '400ms';
const WITH_ROUTES: readonly ServiceName[] = ['client-api', 'sync', 'federation-ingress', 'consent'];

/** A deployment as the outside sees it: behind a proxy that leads to replicas that are ready, and knows how each request ended. */
export interface Front {
  readonly deployment: Deployment;
  close(): Promise<void>;
}

export async function openFront(deployment: Deployment, tally: RequestTally): Promise<Front> {
  const closing = new AbortController();
  const ready = new Set<string>();
  const look = async (): Promise<void> => {
    const asked = WITH_ROUTES.flatMap((service) => deployment.processesOf(service));
    await Promise.all(
      asked.map(async (process) => {
        if (await process.isReady()) ready.add(process.url);
        else ready.delete(process.url);
      }),
    );
  };
  await look();
  const looking = lookUntil(closing.signal, look);
  let turn = 0;
  const proxy: ReverseProxy = await openReverseProxy({
    port: 0,
    upstreamsFor(path) {
      const urls = deployment.processesOf(serviceOfPath(path)).map(({ url }) => url);
      const able = urls.filter((url) => ready.has(url));
      const first = turn++ % Math.max(1, able.length);
      // One that has become ready since the last look is better than none.
      return [...able.slice(first), ...able.slice(0, first), ...urls.filter((url) => !ready.has(url))];
    },
    answered: (request) => tally.add(request),
  });
  const routes = { baseUrlFor: () => proxy.url };
  return {
    deployment: { ...deployment, ...routes, routesTo: () => routes },
    async close() {
      closing.abort();
      await looking;
      await proxy.close();
    },
  };
}

async function lookUntil(signal: AbortSignal, look: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await delay(LOOK_EVERY_MS);
    await look();
  }
}
