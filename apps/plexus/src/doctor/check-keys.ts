import type { HostedServerKeys, HostedServers } from '@plexus/storage';
import type { Finding } from './finding.ts';
import { fault, good, warning } from './finding.ts';

const SUBJECT = 'signing keys';
const NAMED = 5;

/** Whether each hosted server has a key to sign with. */
export function checkKeys(servers: HostedServers & HostedServerKeys): readonly Finding[] {
  const all = servers.list();
  if (all.length === 0) {
    const advice = 'name one in `servers`, or add one with `plexus server add`';
    return [warning(SUBJECT, 'no server is hosted here', advice)];
  }
  const without = all.map(({ serverName }) => serverName).filter((name) => servers.findSigningKey(name) === undefined);
  if (without.length === 0) return [good(SUBJECT, `each of ${all.length} hosted servers has one`)];
  const names = without.slice(0, NAMED).join(', ');
  const advice = 'run `plexus server rotate-key <server>` for each';
  return [fault(SUBJECT, `${without.length} hosted servers have none: ${names}`, advice)];
}
