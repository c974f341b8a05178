import type { BackendName } from '../../../scripts/cluster/backends.ts';
import type { ServiceName } from '../../../scripts/cluster/deployment.ts';
import type { Fault, Scene } from './stage.ts';
import { pickProcess, progress } from './stage.ts';

/** A process dies; at random, it comes back at once, or not before the others have taken over its work. */
export function killService(service: ServiceName): Fault<Scene> {
  return {
    name: `kill -9 ${service}`,
    async inflict(stage) {
      const process = pickProcess(stage, service);
      const isMissed = service === 'event-persister' && stage.random.integer(2) === 0;
      await process.kill();
      if (isMissed) await progress(stage.workload, `the other ${service} does the work`);
      await process.start();
    },
  };
}

export function killBackend(name: BackendName): Fault<Scene> {
  return {
    name: `kill -9 ${name}`,
    async inflict({ deployment }) {
      const backend = deployment.backends[name];
      if (backend === undefined) throw new Error(`${name} is not ours`);
      await backend.kill();
      await backend.start();
    },
  };
}
