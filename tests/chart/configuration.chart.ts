import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadConfigText, readEnvironment, writeHostAndPort } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import { afterAll, describe, expect, it } from 'vitest';
import { plexusSettings } from '../../libs/service-shell/src/config/plexus-config.ts';
import { secretSettings } from '../../scripts/chart/config-schema.ts';
import { serviceNames } from '../../scripts/cluster/deployment.ts';
import { configurationOf, containersOf, objectsOf, servicesOf, workloadsOf } from './support/read-manifests.ts';
import type { Workload } from './support/read-manifests.ts';
import { refusals, releaseOf, releases } from './support/releases.ts';
import type { TestedRelease } from './support/releases.ts';

const folder = mkdtempSync(join(tmpdir(), 'plexus-chart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(releases)('the configuration of values $name', (release) => {
  const config = load(release);

  it('is that of separate services, at the ports that the pods have', () => {
    expect([config.topics.adapter, config.cache.adapter, config.rpc.adapter]).toEqual(['kafka', 'redis', 'grpc']);
    expect(config.database.embedded).toBe(false);
    expect(config.rpc.grpc.advertised_host).toBe('10.244.1.7');
    const ports = [...config.listeners.map(({ port }) => port), config.metrics.listen?.port, config.rpc.grpc.port];
    const named = servicesOf(release)
      .flatMap(containersOf)
      .flatMap((container) => container.ports ?? []);
    expect(new Set(named.map(({ containerPort }) => containerPort))).toEqual(new Set(ports));
  });

  it('keeps the admin API at a port of its own', () => {
    expect(config.listeners.filter(({ apis }) => apis.includes('admin')).map(({ port, apis }) => [port, apis])).toEqual(
      [[8009, ['admin']]],
    );
  });

  it('leaves time between unready and the end', () => {
    const { unready_delay: unready, deadline } = config.shutdown;
    const graces = servicesOf(release).map(({ template }) => template.spec.terminationGracePeriodSeconds ?? 0);
    expect(unready).toBe(5_000);
    expect(graces.filter((grace) => grace * 1_000 <= unready + deadline)).toEqual([]);
  });

  it('mounts in each pod the secrets that it reads, and no others', () => {
    const paths = filesIn(configurationOf(release));
    expect(paths.length).toBeGreaterThanOrEqual(2);
    for (const workload of workloadsOf(release).filter(({ component }) => !component.startsWith('trial-'))) {
      const read = paths.filter((path) => isRead(path, workload.component));
      expect([workload.component, filesOf(workload).toSorted()]).toEqual([workload.component, read.toSorted()]);
    }
  });

  it('is the same for the migration', () => {
    const [maps] = [objectsOf(release, 'ConfigMap').filter(({ data }) => data?.['plexus.yaml'] !== undefined)];
    expect(new Set(maps.map(({ data }) => data?.['plexus.yaml'])).size).toBe(1);
    expect(maps.length).toBe(release.name === 'open' ? 1 : 2);
  });
});

describe('the configuration of production.yaml', () => {
  const config = load(releaseOf('production'));

  it('has what the values say', () => {
    expect(config.room_shards).toBe(256);
    expect(config.usage_limit.max_mau_value).toBe(5_000_000);
    expect(config.caches.per_cache_factors).toEqual({ state_nodes: 4 });
    expect(config.listeners.map(({ trusted_proxies: proxies }) => proxies)).toEqual([
      ['10.20.0.0/16'],
      ['10.20.0.0/16'],
    ]);
    expect(config.appservices.files).toEqual(['/etc/appservices/static.yaml', '/run/secrets/plexus/appservice-0.yaml']);
  });

  it('connects with TLS, and with certificates where there are some', () => {
    expect(config.database.tls).toMatchObject({ ca: '/run/tls/plexus/database/ca.pem', verify: 'full' });
    expect(config.database.tls?.cert).toBeUndefined();
    expect(config.topics.kafka.tls).toMatchObject({
      ca: '/run/tls/plexus/kafka/ca.pem',
      cert: '/run/tls/plexus/kafka/cert.pem',
      key: '/run/tls/plexus/kafka/key.pem',
    });
    expect(config.cache.redis.tls).toMatchObject({ server_name: 'redis.example.org' });
    expect(config.rpc.grpc.tls).toMatchObject({
      server_name: 'plexus',
      client_names: ['plexus'],
      cert: '/run/tls/plexus/rpc/cert.pem',
    });
  });

  it('gives a service its own certificate where it has one', () => {
    const secrets = servicesOf(releaseOf('production')).map(({ component, template }) => [
      component,
      template.spec.volumes?.find(({ name }) => name === 'tls-rpc')?.secret?.secretName,
    ]);
    const own = Object.fromEntries(secrets);
    expect(own['event-persister']).toBe('plexus-rpc-persister');
    expect(own['client-api']).toBe('plexus-rpc');
  });
});

it('has a reader for each secret that there is', () => {
  const sections = [...EVERYBODYS, ...serviceNames.flatMap(sectionsOf)];
  const secrets = secretSettings(plexusSettings.schema).map((setting) => setting.split('.')[0] ?? '');
  expect(new Set(secrets)).toEqual(new Set(sections));
});

describe('the configuration of ipv6.yaml', () => {
  const config = load(releaseOf('ipv6'), 'fd00:10::7');

  it('listens on addresses of both families, and is reached by one of IPv6', () => {
    const { bind_address: grpc, advertised_host: host, port } = config.rpc.grpc;
    expect([grpc, config.metrics.listen?.bind_address]).toEqual(['::', '::']);
    expect(config.listeners.map(({ bind_addresses: addresses }) => addresses)).toEqual([['::'], ['::']]);
    expect(writeHostAndPort({ host: host ?? '', port })).toBe('[fd00:10::7]:7000');
  });

  it('takes brokers by address, and Services of that family', () => {
    expect(config.topics.kafka.brokers).toEqual(['[fd00:9::1]:9092', '[fd00:9::2]:9092']);
    const families = objectsOf(releaseOf('ipv6'), 'Service').map(({ spec }) => spec);
    expect(families).toEqual(
      families.map(() => expect.objectContaining({ ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] })),
    );
  });
});

it.each(refusals)('refuses values $name, and says why', ({ expected, error }) => {
  expect(error).toContain(expected);
});

/** The configuration as a pod would load it, with files in the places of what is mounted. */
function load(release: TestedRelease, podIp = '10.244.1.7'): PlexusConfig {
  const text = configurationOf(release);
  for (const path of filesIn(text)) {
    mkdirSync(dirname(folder + path), { recursive: true });
    writeFileSync(folder + path, path.includes('url') ? urlFor(path) : 'a secret');
  }
  const moved = text.replaceAll('/run/secrets/plexus/', `${folder}/run/secrets/plexus/`);
  const config = loadConfigText(moved, readEnvironment({ POD_IP: podIp }));
  const files = config.appservices.files.map((path) => path.replace(folder, ''));
  return { ...config, appservices: { ...config.appservices, files } };
}

function urlFor(path: string): string {
  return path.includes('redis') ? 'redis://redis:6379/0' : 'postgresql://plexus:secret@postgres:5432/plexus';
}

function filesIn(configuration: string): string[] {
  return [...configuration.matchAll(/\/run\/(?:secrets|tls)\/plexus\/[\w./-]+/g)].map(([path]) => path);
}

/** Whether a program reads a file at its start: the migration what is for Postgres, a service what its `main.ts` says beside what all do. */
function isRead(path: string, component: string): boolean {
  const [, kind, name = ''] = /^\/run\/(secrets|tls)\/plexus\/([\w-]+)/.exec(path) ?? [];
  if (component === 'migrate') return name === 'database';
  if (kind === 'tls') return true;
  if (name.startsWith('appservice-')) return component === 'client-api';
  return [...EVERYBODYS, ...sectionsOf(component)].includes(name);
}

const EVERYBODYS = ['database', 'topics', 'cache'];

/** Sections whose secrets a service has to have, as its code says. */
function sectionsOf(component: string): string[] {
  const main = readFileSync(new URL(`../../apps/${component}/src/main.ts`, import.meta.url), 'utf8');
  const [, sections] = /secretsOf: \[([^\]]*)\]/.exec(main) ?? [];
  if (sections === undefined) throw new Error(`${component} does not say whose secrets it reads.`);
  return [...sections.matchAll(/'(\w+)'/g)].map(([, section = '']) => section);
}

/** Files that a pod has from Secrets. */
function filesOf(workload: Workload): string[] {
  const mounts = containersOf(workload).flatMap(({ volumeMounts = [] }) => volumeMounts);
  return (workload.template.spec.volumes ?? []).flatMap(({ name, secret, projected }) => {
    const base = mounts.find((mount) => mount.name === name)?.mountPath ?? '';
    const items = [...(secret?.items ?? []), ...(projected?.sources ?? []).flatMap((source) => source.secret.items)];
    return items.map(({ path }) => `${base}/${path}`);
  });
}
