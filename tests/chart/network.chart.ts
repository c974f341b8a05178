import { readFileSync } from 'node:fs';
import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readSources } from '../../scripts/checks/source-files.ts';
import { serviceNames } from '../../scripts/cluster/deployment.ts';
import { isConnected, mayBeReached } from './support/network.ts';
import type { End, Pod } from './support/network.ts';
import { containersOf, labelsOf, objectsOf, policiesOf, servicesOf, workloadsOf } from './support/read-manifests.ts';
import type { Workload } from './support/read-manifests.ts';
import { releaseOf, releases } from './support/releases.ts';

const outside: End = { address: '203.0.113.80' };
const guarded = releases.filter(({ name }) => name !== 'open');
const doors = ['client-api', 'consent', 'federation-ingress', 'sync'];

describe.each(guarded)('the network of values $name', (release) => {
  const policies = policiesOf(release);
  const workloads = workloadsOf(release);
  const componentsThat = (test: (workload: Workload) => boolean): string[] =>
    workloads
      .filter(test)
      .map(({ component }) => component)
      .toSorted();

  it('lets nobody connect to the outside but the senders', () => {
    const public_: End[] = [{ address: '198.51.101.7' }, { address: '2606:4700::1' }];
    for (const address of public_)
      for (const port of [80, 443, 8448, 25, 5432, 9092])
        expect(componentsThat((workload) => isConnected(policies, podOf(workload), address, port))).toEqual([
          'appservice-sender',
          'federation-sender',
        ]);
  });

  it('lets the senders into no network that is not public, but to what they need', () => {
    const forbidden = [...neverConnected(), '169.254.169.254', '10.1.2.3', 'fd00::1'];
    for (const address of forbidden)
      expect(componentsThat((workload) => isConnected(policies, podOf(workload), { address }, 443))).toEqual([]);
  });

  it('lets the outside in by the doors alone, at their public port', () => {
    for (const workload of workloads)
      for (const { containerPort } of portsOf(workload)) {
        const isDoor = doors.includes(workload.component) && containerPort === 8008;
        const isReached = mayBeReached(policies, podOf(workload), outside, containerPort);
        expect([workload.component, containerPort, isReached]).toEqual([
          workload.component,
          containerPort,
          isDoor && release.name !== 'production',
        ]);
      }
  });

  it('lets services ask whom they ask, at gRPC’s port, and nobody else', () => {
    const allowed = workloads.flatMap((from) =>
      workloads
        .filter((to) => isConnected(policies, podOf(from), { pod: podOf(to) }, 7000))
        .map((to) => `${from.component} → ${to.component}`),
    );
    expect(allowed.toSorted()).toEqual(callsInCode().toSorted());
  });

  it('lets services and the migration reach Postgres, and services alone Kafka and Redis', () => {
    const backends: Record<string, [number, string]> = {
      postgres: [5432, 'trial-postgres'],
      kafka: [9092, 'trial-kafka'],
      redis: [6379, 'trial-redis'],
    };
    for (const [name, [port, component]] of Object.entries(backends)) {
      const trial = workloads.find((workload) => workload.component === component);
      const end: End = trial === undefined ? { address: inside(release.name) } : { pod: podOf(trial) };
      const expected = name === 'postgres' ? [...serviceNames, 'migrate'] : [...serviceNames];
      expect(componentsThat((workload) => isConnected(policies, podOf(workload), end, port))).toEqual(
        expected.toSorted(),
      );
    }
  });
});

describe('the network of production.yaml', () => {
  const production = releaseOf('production');
  const policies = policiesOf(production);
  const pod = (component: string): Pod => {
    const found = workloadsOf(production).find((workload) => workload.component === component);
    if (found === undefined) throw new Error(`There is no ${component}.`);
    return podOf(found);
  };
  const of = (name: string): string =>
    JSON.stringify(objectsOf(production, 'NetworkPolicy').find(({ metadata }) => metadata.name.endsWith(name))?.spec);

  it('lets in who is named: the ingress controller, operators, Prometheus', () => {
    expect(of('client-api')).toContain('"kubernetes.io/metadata.name":"ingress"');
    expect(of('client-api')).toContain('"kubernetes.io/metadata.name":"operations"');
    expect(serviceNames.filter((name) => !of(name).includes('"kubernetes.io/metadata.name":"monitoring"'))).toEqual([]);
    expect(serviceNames.filter((name) => of(name).includes('"operations"'))).toEqual(['client-api']);
  });

  it('lets the client API alone reach the mail relay, and everybody the collector of traces', () => {
    const inside: End = { address: '10.9.8.7' };
    expect(serviceNames.filter((name) => isConnected(policies, pod(name), inside, 587))).toEqual(['client-api']);
    expect(serviceNames.filter((name) => !isConnected(policies, pod(name), inside, 4318))).toEqual([]);
  });
});

it('says of each service what its code says', () => {
  const facts: Readonly<Record<string, { readonly public?: boolean; readonly admin?: boolean }>> = parse(
    readFileSync(new URL('../../helm/plexus/files/services.yaml', import.meta.url), 'utf8'),
  );
  const code = serviceNames.map((name) => {
    const main = readFileSync(new URL(`../../apps/${name}/src/main.ts`, import.meta.url), 'utf8');
    const apis = /apis: \[([^\]]*)\]/.exec(main)?.[1] ?? '';
    return [name, { isPublic: apis !== '', isAdmin: apis.includes("'admin'") }];
  });
  const chart = Object.entries(facts).map(([name, fact]) => [
    name,
    { isPublic: fact.public === true, isAdmin: fact.admin === true },
  ]);
  expect(Object.fromEntries(chart)).toEqual(Object.fromEntries(code));
});

it('says nothing of the network where that is left to others', () => {
  expect(policiesOf(releaseOf('open'))).toEqual([]);
  expect(servicesOf(releaseOf('open'))).not.toEqual([]);
});

/** Where the servers are that an operator brings. */
function inside(release: string): string {
  return release === 'ipv6' ? 'fd00:9::1' : '10.9.8.7';
}

/** An address in each network that the services themselves refuse to connect to. */
function neverConnected(): string[] {
  const { federation } = loadConfigText('servers: []', readEnvironment({}));
  return federation.ip_range_blacklist.map((network) => network.split('/')[0] ?? '');
}

/** What of the shared resources leads to which service. */
const ways: readonly (readonly [RegExp, string])[] = [
  [/\broomWriter\b|\bchannels: roomWriters\b/, 'event-persister'],
  [/\b(?:remoteServers|remoteRooms|keyRing|senderRouter)\b|\bresources\.reports\b/, 'federation-sender'],
  [/\bresources\.notices\b/, 'notices'],
  [/\bappserviceRequests\b|\bappservicesReplicas\.channels\b|\bchannels: appservicesReplicas\b/, 'appservice-sender'],
];

/** Who asks whom, as the composition roots say it. */
function callsInCode(): string[] {
  return serviceNames.flatMap((name) => {
    const text = readSources([`apps/${name}/src/*.module.ts`])
      .map((source) => source.text)
      .join('\n');
    return ways.filter(([pattern]) => pattern.test(text)).map(([, callee]) => `${name} → ${callee}`);
  });
}

function podOf(workload: Workload): Pod {
  return { labels: labelsOf(workload), ports: portsOf(workload) };
}

function portsOf(workload: Workload): Pod['ports'] {
  return containersOf(workload).flatMap(({ ports = [] }) => ports);
}
