import { setTimeout as delay } from 'node:timers/promises';
import type { BackendName } from '../../../scripts/cluster/backends.ts';
import type { ServiceName } from '../../../scripts/cluster/deployment.ts';
import { backendNames } from '../../../scripts/cluster/backends.ts';
import { coreServiceNames } from '../../../scripts/cluster/deployment.ts';
import type { TcpProxy } from '../../support/tcp-proxy.ts';
import type { Fault, Stage } from './stage.ts';
import { pickProcess } from './stage.ts';

const kinds = ['stall', 'cut', 'partition'] as const;

/** Each way in which each connection can fail. */
export const networkFaults: readonly Fault[] = coreServiceNames.flatMap((service) =>
  backendNames.flatMap((backend) => kinds.map((kind) => breakLink(kind, service, backend))),
);

const LONGEST_MS = 12_000;

/** How long a broken link stays so is random: shorter and longer than the sessions and time limits of its two ends. */
function breakLink(kind: (typeof kinds)[number], service: ServiceName, backend: BackendName): Fault {
  return {
    name: `${kind} between ${service} and ${backend}`,
    async inflict(stage) {
      const link = linkOf(stage, service, backend);
      link[kind]();
      if (kind !== 'cut') await delay(1_000 + stage.random.integer(LONGEST_MS));
      link.heal();
    },
  };
}

/** Postgres commits, and who asked for it never learns. */
export const unknownCommit: Fault = {
  name: 'the answer to a commit is lost',
  async inflict(stage) {
    const link = linkOf(stage, 'event-persister', 'postgres');
    await link.breakAt('answer', 'COMMIT');
    link.heal();
  },
};

/** Postgres never hears that it should commit. */
export const lostCommit: Fault = {
  name: 'a commit is lost',
  async inflict(stage) {
    const link = linkOf(stage, 'event-persister', 'postgres');
    await link.breakAt('question', 'commit');
    link.heal();
  },
};

function linkOf(stage: Stage, service: ServiceName, backend: BackendName): TcpProxy {
  const link = pickProcess(stage, service).links[backend];
  if (link === undefined) throw new Error(`no proxy stands between ${service} and ${backend}`);
  return link;
}
