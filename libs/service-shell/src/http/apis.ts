import type { ApiName } from '../config/sections/listeners.ts';

const prefixes: readonly (readonly [string, ApiName])[] = [
  ['/_matrix/client/', 'client'],
  ['/_matrix/media/', 'client'],
  ['/_matrix/static/', 'client'],
  ['/_plexus/client/', 'client'],
  ['/_matrix/consent', 'consent'],
  ['/_matrix/federation/', 'federation'],
  ['/_matrix/key/', 'federation'],
  ['/_matrix/policy/', 'federation'],
  ['/.well-known/matrix/', 'well_known'],
  ['/_plexus/admin/', 'admin'],
  ['/_synapse/admin/', 'admin'],
  ['/health/', 'health'],
];

const syncPath =
  /^\/_matrix\/client\/(?:r0|v\d+|unstable)\/(?:sync|keys\/changes|events|initialSync|org\.matrix\.(?:simplified_)?msc3575\/sync)(?:$|[/?])/;

/** The API that a path or route pattern belongs to; none for paths that no API has. */
export function findApi(path: string): ApiName | undefined {
  if (syncPath.test(path)) return 'sync';
  if (path === '/metrics') return 'metrics';
  return prefixes.find(([prefix]) => path.startsWith(prefix))?.[1];
}
