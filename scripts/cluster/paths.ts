import type { ServiceName } from './deployment.ts';

const syncPath = /^\/_matrix\/client\/[^/]+\/(?:sync|events|initialSync|keys\/changes|presence\/[^/]+\/status)(?:$|\?)/;

/** The service that serves a path of the Client-Server or admin API. */
export function serviceOfPath(path: string): ServiceName {
  return syncPath.test(path) ? 'sync' : 'client-api';
}
