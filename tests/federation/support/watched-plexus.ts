import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inbox, RemoteHomeserver, Visitor } from '@plexus/testing';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../../scripts/cluster/launch-embedded.ts';
import { laboratorySettings } from '../../../scripts/cluster/service-configuration.ts';
import { MatrixHttp } from '../../support/matrix-client.ts';

/** Servers at addresses that only the configuration knows, by their names. */
export type NamedServers = Readonly<Record<string, RemoteHomeserver>>;

export interface WatchedPlexus {
  readonly deployment: Deployment;
  readonly http: MatrixHttp;
  /** A scripted server that comes to visit; by an address where it has no name. */
  visit(server?: RemoteHomeserver): Promise<Visitor>;
  /** The sum of a metric's series whose labels fit. */
  count(metric: string, labels?: Readonly<Record<string, string | RegExp>>): Promise<number>;
  /** Whether one line of the log has all of these in it. */
  hasLogged(...texts: readonly string[]): boolean;
  /** Ends it, and the servers that came. */
  stop(): Promise<void>;
}

const REQUEST_TIMEOUT = '3s';

/**
 * A Plexus that is strict and impatient: certificates of named servers are checked, no request takes longer than seconds, and answers are
 * read up to a million bytes.
 */
export async function launchWatched(named: NamedServers): Promise<WatchedPlexus> {
  const deployment = await launchEmbedded({
    settings: { ...laboratorySettings, federation: await federationWith(named) },
  });
  const http = new MatrixHttp(deployment);
  const visitors: Visitor[] = [];
  const [process] = deployment.services;
  if (process === undefined) throw new Error('Plexus has no process');
  return {
    deployment,
    http,
    async visit(server) {
      const host = server ?? (await RemoteHomeserver.start({ hostname: '127.0.0.1' }));
      const visitor = new Visitor(host, new Inbox(host), { carrier: http, destination: deployment.serverName });
      visitors.push(visitor);
      return visitor;
    },
    async count(metric, labels = {}) {
      const answer = await fetch(`${process.operationUrl}/metrics`);
      return sumOf(await answer.text(), metric, labels);
    },
    hasLogged: (...texts) =>
      process
        .log()
        .split('\n')
        .some((line) => texts.every((text) => line.includes(text))),
    async stop() {
      http.close();
      await Promise.all(visitors.map((visitor) => visitor.stop()));
      await deployment.dispose();
    },
  };
}

async function federationWith(named: NamedServers): Promise<Readonly<Record<string, unknown>>> {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-authorities-'));
  const authorities: string[] = [];
  const addresses: Record<string, string> = {};
  for (const [serverName, { certificate, port }] of Object.entries(named)) {
    const file = join(folder, `${serverName}.pem`);
    await writeFile(file, certificate);
    authorities.push(file);
    addresses[serverName] = `127.0.0.1:${port}`;
  }
  return {
    verify_certificates: true,
    certificate_verification_whitelist: ['127.0.0.1'],
    custom_ca_list: authorities,
    static_addresses: addresses,
    ip_range_whitelist: ['127.0.0.1/32'],
    request_timeout: REQUEST_TIMEOUT,
    transaction_timeout: '1s',
    connect_timeout: '2s',
    max_response_bytes: '10M',
    transaction_quick_retries: 0,
    destination_min_retry_interval: '1s',
    destination_retry_multiplier: 1,
    destination_max_retry_interval: '1s',
  };
}

function sumOf(text: string, metric: string, labels: Readonly<Record<string, string | RegExp>>): number {
  const series = text.split('\n').filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
  const fitting = series.filter((line) => Object.entries(labels).every(([name, value]) => fits(line, name, value)));
  return fitting.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

function fits(line: string, name: string, value: string | RegExp): boolean {
  const found = new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1];
  if (found === undefined) return false;
  return typeof value === 'string' ? found === value : value.test(found);
}
