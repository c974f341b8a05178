import type { Deployment } from './deployment.ts';
import { serviceOfPath } from './paths.ts';

/** The base URLs of all replicas that serve a path, beginning with another one each time. */
export function orderedReplicas(deployment: Deployment): (path: string) => string[] {
  let turn = 0;
  return (path) => {
    const urls = deployment.processesOf(serviceOfPath(path)).map(({ url }) => url);
    const first = turn++ % urls.length;
    return [...urls.slice(first), ...urls.slice(0, first)];
  };
}
