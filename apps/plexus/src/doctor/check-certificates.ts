import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '@plexus/matrix-base';
import type { PlexusConfig } from '@plexus/service-shell';
import type { Finding } from './finding.ts';
import { fault, good, warning } from './finding.ts';

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;

/** How long the certificates of the listeners are good for. */
export async function checkCertificates(
  { listeners }: Pick<PlexusConfig, 'listeners'>,
  clock: Pick<Clock, 'now'>,
): Promise<readonly Finding[]> {
  const paths = new Set(listeners.flatMap(({ tls }) => (tls === undefined ? [] : certificatePaths(tls))));
  return Promise.all([...paths].map((path) => checkCertificate(path, clock.now())));
}

type ListenerTls = NonNullable<PlexusConfig['listeners'][number]['tls']>;

function certificatePaths({ cert, by_server: byServer }: ListenerTls): string[] {
  return [...(cert === undefined ? [] : [cert]), ...byServer.map((one) => one.cert)];
}

async function checkCertificate(path: string, now: number): Promise<Finding> {
  const subject = `certificate ${path}`;
  const advice = 'renew it: the file is read again when it changes';
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return fault(subject, 'it cannot be read', 'see that the file is there, and readable for the services');
  }
  const leftMs = new X509Certificate(text).validToDate.getTime() - now;
  const days = Math.floor(leftMs / DAY_MS);
  if (leftMs <= 0) return fault(subject, 'it has expired', advice);
  if (leftMs < SOON_MS) return warning(subject, `it expires in ${days} days`, advice);
  return good(subject, `it is good for ${days} days`);
}
