import type { Deployment, ServiceName, ServiceProcess } from '../../../scripts/cluster/deployment.ts';

/** How long one process took. */
export interface Turn {
  readonly name: string;
  readonly stopMs: number;
  readonly startMs: number;
}

/** Those with routes on one side: each waits for a while until the proxy has noticed that it ends, and the machine has time meanwhile. */
const lanes: readonly (readonly ServiceName[])[] = [
  ['client-api', 'sync', 'federation-ingress', 'consent'],
  ['event-persister', 'federation-sender', 'appservice-sender', 'notices'],
];

/** Replaces one process after the other of each service by the release in `tree`, this one where none is given. */
export async function roll(deployment: Deployment, tree: string | undefined): Promise<Turn[]> {
  const turns = await Promise.all(
    lanes.map(async (services) => {
      const done: Turn[] = [];
      for (const process of services.flatMap((service) => deployment.processesOf(service)))
        done.push(await replace(process, tree));
      return done;
    }),
  );
  return turns.flat();
}

async function replace(process: ServiceProcess, tree: string | undefined): Promise<Turn> {
  process.runFrom(tree);
  const began = performance.now();
  await process.stop();
  const stopped = performance.now();
  await process.start();
  return { name: process.name, stopMs: stopped - began, startMs: performance.now() - stopped };
}
