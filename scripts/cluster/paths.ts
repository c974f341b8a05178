import type { ServiceName } from './deployment.ts';

const syncPath = /^\/_matrix\/client\/[^/]+\/(?:sync|events|initialSync|keys\/changes|presence\/[^/]+\/status)(?:$|\?)/;

const federationPath = /^\/_matrix\/(?:federation|key)\//;

/** The service that serves a path. */
export function serviceOfPath(path: string): ServiceName {
  if (federationPath.test(path)) return 'federation-ingress';
  return syncPath.test(path) ? 'sync' : 'client-api';
}
