// node tests/load/idle-usage.ts [--seconds 60] [--replicas 1] [--only sync,client-api]
// What each service takes of a core while nobody does anything: separate services, with Kafka, Postgres and Redis of their own.
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { serviceNames } from '../../scripts/cluster/deployment.ts';
import type { ServiceProcess } from '../../scripts/cluster/deployment.ts';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { usageOf } from './process-usage.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    replicas: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
/** Until what was put off when the services started is done. */
const SETTLE_MS = 20_000;

const chosen = options.only?.split(',');
const services = serviceNames.filter((name) => chosen === undefined || chosen.includes(name));
const deployment = await launchCluster({ replicas: Number(options.replicas), services });
try {
  await useOnce();
  await setTimeout(SETTLE_MS);
  const seconds = Number(options.seconds);
  const before = deployment.services.map((service) => read(service));
  await setTimeout(seconds * 1_000);
  console.log('| process | CPU, % of a core | memory, MiB |\n| --- | ---: | ---: |');
  for (const [index, service] of deployment.services.entries()) {
    const { cpuSeconds, memoryMiB } = read(service);
    const share = (100 * (cpuSeconds - (before[index]?.cpuSeconds ?? 0))) / seconds;
    console.log(`| ${service.name} | ${share.toFixed(2)} | ${memoryMiB.toFixed(0)} |`);
  }
} finally {
  await deployment.dispose();
}

function read(service: ServiceProcess): ReturnType<typeof usageOf> {
  const pid = service.pid();
  if (pid === undefined) throw new Error(`${service.name} does not run`);
  return usageOf([pid]);
}

/** So that it is not a deployment without any room. */
async function useOnce(): Promise<void> {
  if (!services.includes('client-api') || !services.includes('event-persister')) return;
  const http = new MatrixHttp(deployment);
  const ann = await http.register('ann');
  await ann.send(await ann.createRoom(), 'hello');
  http.close();
}
