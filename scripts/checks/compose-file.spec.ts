import { existsSync, readFileSync } from 'node:fs';
import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { serviceNames } from '../cluster/deployment.ts';
import { serviceOfPath } from '../cluster/paths.ts';

interface ComposeService {
  readonly build?: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly deploy?: { readonly replicas: number };
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

const root = new URL('../..', import.meta.url).pathname;
const read = (path: string): string => readFileSync(root + path, 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);
const nginx = read('config/compose/nginx.conf');
const config = loadConfigText(read('config/compose/plexus.yaml'), readEnvironment({ HOSTNAME: 'abc' }));

describe('docker-compose.yml', () => {
  it('runs the services that the native launcher runs, two replicas of each, and what they need', () => {
    const replicated = ours.filter(([, { deploy }]) => deploy?.replicas === 2).map(([name]) => name);
    expect(replicated.toSorted()).toEqual(serviceNames.toSorted());
    const others = services.map(([name]) => name).filter((name) => !replicated.includes(name));
    expect(others.toSorted()).toEqual(['kafka', 'migrate', 'postgres', 'proxy', 'redis']);
  });

  it.each(ours)('gives %s a command of the image', (name, { command = [] }) => {
    const app = name === 'migrate' ? 'plexus' : name;
    expect(command[0]).toBe(`dist/${app}.js`);
    expect(existsSync(`${root}apps/${app}/src/main.ts`)).toBe(true);
  });

  it.each(services)('names only what is there for %s', (_name, { volumes = [], depends_on: needed = {} }) => {
    const bound = volumes.flatMap((volume) => (volume.startsWith('./') ? [volume.split(':')[0] ?? ''] : []));
    expect(bound.filter((path) => !existsSync(root + path))).toEqual([]);
    expect(Object.keys(needed).filter((name) => compose.services[name] === undefined)).toEqual([]);
  });

  it.each(ours)('mounts the configuration where %s looks for it', (_name, { environment, volumes = [] }) => {
    expect(volumes).toContain(`./config/compose/plexus.yaml:${environment?.['PLEXUS_CONFIG']}:ro`);
  });
});

describe('the configuration of docker-compose.yml', () => {
  it('is that of separate services, at addresses that it names', () => {
    expect([config.topics.adapter, config.cache.adapter, config.rpc.adapter]).toEqual(['kafka', 'redis', 'grpc']);
    const text = read('config/compose/plexus.yaml');
    for (const backend of ['postgres:5432', 'kafka:9092', 'redis:6379']) expect(text).toContain(backend);
    expect(config.rpc.grpc.advertised_host).toBe('abc');
  });

  it('listens where the proxy and the health check ask', () => {
    const ports = new Set(config.listeners.map(({ port }) => `${port}`));
    const asked = [...nginx.matchAll(/server (\S+):(\d+) resolve;/g)].map(([, name, port]) => [name, port]);
    expect(asked).toEqual([
      ['client-api', [...ports][0]],
      ['consent', [...ports][0]],
      ['federation-ingress', [...ports][0]],
      ['sync', [...ports][0]],
    ]);
    const health = `:${config.metrics.listen?.port}/health/ready`;
    const checks = serviceNames.map((name) => compose.services[name]?.healthcheck?.test.join(' '));
    expect(checks).toEqual(serviceNames.map(() => expect.stringContaining(health)));
  });
});

it.each([
  '/_matrix/client/v3/sync',
  '/_matrix/client/r0/sync',
  '/_matrix/client/v3/rooms/!sync/sync',
  '/_matrix/client/v3/events',
  '/_matrix/client/v3/events/$event',
  '/_matrix/client/v3/initialSync',
  '/_matrix/client/v3/rooms/!room/initialSync',
  '/_matrix/client/v3/keys/changes',
  '/_matrix/client/v3/presence/@a:b/status',
  '/_matrix/client/v3/presence/@a:b/status/x',
  '/_matrix/client/v3/keys/upload',
  '/_matrix/client/v3/synchronise',
  '/_matrix/client/versions',
  '/_plexus/admin/v1/servers',
  '/_matrix/federation/v1/version',
  '/_matrix/federation/v2/send_join/!a:b/$c',
  '/_matrix/key/v2/server',
  '/_matrix/keys/v2/server',
  '/_matrix/consent',
  '/_matrix/consent/x',
  '/sync',
])('the proxy of docker-compose.yml sends %s where the native one sends it', (path) => {
  const isTo = (upstream: string): boolean => {
    const pattern = new RegExp(`location ~ (\\S+) \\{\\s+proxy_pass http://${upstream};`).exec(nginx)?.[1] ?? '$never';
    return new RegExp(pattern).test(path);
  };
  const upstreams = { sync: 'sync', federation_ingress: 'federation-ingress', consent: 'consent' };
  const chosen = Object.entries(upstreams).find(([upstream]) => isTo(upstream))?.[1];
  expect(chosen ?? 'client-api').toBe(serviceOfPath(path));
});

it('the image is built with files that are there and that its build may see', () => {
  const [builds = '', runs = ''] = read('Dockerfile')
    .split(/^FROM /m)
    .slice(1);
  const [script = ''] = /scripts\/\S+\.ts/.exec(builds) ?? [];
  expect(existsSync(root + script)).toBe(true);
  const ignored = read('.dockerignore').trim().split('\n');
  expect(['scripts', 'apps', 'libs', 'package-lock.json', 'patches'].filter((path) => ignored.includes(path))).toEqual(
    [],
  );
  const [, staged = ''] = /^COPY --from=build .*?(\/\w+) /m.exec(runs) ?? [];
  expect(builds).toContain(`${script} ${staged}\n`);
});
