import type { ServiceName } from './deployment.ts';

const syncPath = /^\/_matrix\/client\/[^/]+\/(?:sync|events|initialSync|keys\/changes|presence\/[^/]+\/status)(?:$|\?)/;

const consentPath = /^\/_matrix\/consent(?:$|\?)/;

const federationPath = /^\/_matrix\/(?:federation|key)\//;

/** The service that serves a path. */
export function serviceOfPath(path: string): ServiceName {
  if (consentPath.test(path)) return 'consent';
  if (federationPath.test(path)) return 'federation-ingress';
  return syncPath.test(path) ? 'sync' : 'client-api';
}
