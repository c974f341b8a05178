import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '@plexus/matrix-base';
import type { PlexusConfig } from '@plexus/service-shell';
import type { Finding } from './finding.ts';
import { fault, good, warning } from './finding.ts';

type Sections = Pick<PlexusConfig, 'listeners' | 'database' | 'topics' | 'cache' | 'rpc'>;
type ListenerTls = NonNullable<Sections['listeners'][number]['tls']>;

interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
}

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;

/** How long the certificates are good for: those of the listeners, those by which the services connect, and their authorities’. */
export function checkCertificates(config: Sections, clock: Pick<Clock, 'now'>): Promise<readonly Finding[]> {
  const paths = new Set([
    ...config.listeners.flatMap(({ tls }) => (tls === undefined ? [] : listenerPaths(tls))),
    ...connectionsOf(config).flatMap(({ ca, cert }) => [ca, cert].filter((path) => path !== undefined)),
  ]);
  return Promise.all([...paths].map((path) => checkCertificate(path, clock.now())));
}

function listenerPaths({ cert, by_server: byServer }: ListenerTls): string[] {
  return [...(cert === undefined ? [] : [cert]), ...byServer.map((one) => one.cert)];
}

function connectionsOf({ database, topics, cache, rpc }: Sections): TlsFiles[] {
  const used = [
    database.tls,
    topics.adapter === 'kafka' ? topics.kafka.tls : undefined,
    cache.adapter === 'redis' ? cache.redis.tls : undefined,
    rpc.adapter === 'grpc' ? rpc.grpc.tls : undefined,
  ];
  return used.filter((tls) => tls !== undefined);
}

async function checkCertificate(path: string, now: number): Promise<Finding> {
  const subject = `certificate ${path}`;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return fault(subject, 'it cannot be read', 'see that the file is there, and readable for the services');
  }
  const validTo = validUntil(text);
  if (validTo === undefined) return fault(subject, 'it is no certificate', 'put the certificate into it, as PEM');
  const leftMs = validTo - now;
  const days = Math.floor(leftMs / DAY_MS);
  const advice = 'renew it: the file is read again when it changes';
  if (leftMs <= 0) return fault(subject, 'it has expired', advice);
  if (leftMs < SOON_MS) return warning(subject, `it expires in ${days} days`, advice);
  return good(subject, `it is good for ${days} days`);
}

/** Of the first certificate in the file: the server's own, before its chain. */
function validUntil(text: string): number | undefined {
  try {
    return new X509Certificate(text).validToDate.getTime();
  } catch {
    return undefined;
  }
}
