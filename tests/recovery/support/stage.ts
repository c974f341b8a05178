import type { Deployment, ServiceProcess } from '../../../scripts/cluster/deployment.ts';
import type { Random } from '../../support/faults/random.ts';
import { waitUntil } from '../../support/servers/wait-until.ts';
import type { Workload } from './workload.ts';

/** Where faults happen, whatever is done there. */
export interface Scene {
  readonly deployment: Deployment;
  readonly workload: Progressing;
  readonly random: Random;
}

export interface Progressing {
  /** How often the slowest of all was answered. */
  readonly slowest: number;
}

/** Where faults of rooms happen. */
export interface Stage extends Scene {
  readonly workload: Workload;
}

/** Something that goes wrong, and is right again when this resolves, as far as the outside is concerned. */
export interface Fault<Where extends Scene = Stage> {
  readonly name: string;
  inflict(stage: Where): Promise<void>;
}

const RECOVERED_WITHIN_MS = 90_000;
const ASK_EVERY_MS = 100;
/** So much is asked for and answered between two faults, at least, by every client. */
const ANSWERS = 8;

/** All services are ready, and every client is answered again, often enough that it asked after the fault. */
export async function recovered({ deployment, workload }: Scene): Promise<void> {
  const areReady = async (): Promise<boolean> => {
    const ready = await Promise.all(deployment.services.map((service) => service.isReady()));
    return ready.every(Boolean);
  };
  await waitUntil('all services ready', RECOVERED_WITHIN_MS, areReady, ASK_EVERY_MS);
  await progress(workload, 'every client answered after the fault');
}

/** Every client is answered while something is broken. */
export async function progress(workload: Progressing, what: string): Promise<void> {
  const before = workload.slowest;
  await waitUntil(what, RECOVERED_WITHIN_MS, () => workload.slowest >= before + ANSWERS);
}

export function pickProcess({ deployment, random }: Scene, service: ServiceProcess['service']): ServiceProcess {
  return random.pick(deployment.services.filter((process) => process.service === service));
}
