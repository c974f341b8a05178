import { describe, expect, it } from 'vitest';
import { chooseService } from '../../scripts/chart/ingress-routes.ts';
import type { IngressPath, PathsByService } from '../../scripts/chart/ingress-routes.ts';
import { serviceOfPath } from '../../scripts/cluster/paths.ts';
import { listAllRoutes } from '../spec/bad-input/routes.ts';
import { objectsOf } from './support/read-manifests.ts';
import { releaseOf } from './support/releases.ts';
import type { TestedRelease } from './support/releases.ts';

interface IngressSpec {
  readonly ingressClassName?: string;
  readonly tls?: readonly unknown[];
  readonly rules: readonly { readonly host?: string; readonly http: { readonly paths: readonly Backend[] } }[];
}

interface Backend extends IngressPath {
  readonly backend: { readonly service: { readonly name: string; readonly port: { readonly name: string } } };
}

interface HttpRouteSpec {
  readonly rules: readonly {
    readonly matches: readonly { readonly path: { readonly type: 'PathPrefix' | 'Exact'; readonly value: string } }[];
    readonly backendRefs: readonly { readonly name: string; readonly port: number }[];
  }[];
}

const paths = Object.values(listAllRoutes())
  .flat()
  .map(({ pattern }) => pattern.replaceAll(/:\w+|\*/g, '!x%2F1:example.org'));
const isAdmin = (path: string): boolean => /^\/_(?:plexus|synapse)\/admin\//.test(path);

describe.each(['production', 'open'])('the way in of values %s', (name) => {
  const release = releaseOf(name);

  it('leads every endpoint to its service, on every host', () => {
    for (const host of hostsOf(release)) {
      const routes = pathsOf(release, 'http', host);
      const wrong = paths.filter((path) => !isAdmin(path) && chooseService(routes, path) !== serviceOfPath(path));
      expect([host, wrong]).toEqual([host, []]);
    }
  });

  it('leads nobody to the admin API, metrics and health from where everybody comes', () => {
    for (const host of hostsOf(release)) {
      const routes = pathsOf(release, 'http', host);
      const led = [...paths.filter(isAdmin), '/metrics', '/health/ready', '/'].filter(
        (path) => chooseService(routes, path) !== undefined,
      );
      expect([host, led]).toEqual([host, []]);
    }
  });
});

it('has a host of its own for the admin API', () => {
  const routes = pathsOf(releaseOf('production'), 'admin', 'admin.internal.example.org');
  expect(paths.filter(isAdmin).filter((path) => chooseService(routes, path) !== 'client-api')).toEqual([]);
  expect(objectsOf(releaseOf('open'), 'Ingress').some(({ metadata }) => metadata.name.endsWith('-admin'))).toBe(false);
});

it('may have other timeouts for one service, and the same certificate for all', () => {
  const ingresses = objectsOf(releaseOf('production'), 'Ingress');
  const annotations = Object.fromEntries(ingresses.map(({ metadata }) => [metadata.name, metadata.annotations]));
  expect(annotations['chat-plexus-sync']).toEqual({
    'example.org/body-size': '50m',
    'example.org/read-timeout': '600',
  });
  expect(annotations['chat-plexus-client-api']).toEqual({ 'example.org/body-size': '50m' });
  for (const { metadata, spec } of ingresses.filter(({ metadata }) => !metadata.name.endsWith('-admin')))
    expect([metadata.name, (spec as IngressSpec).tls?.length]).toEqual([metadata.name, 1]);
  expect(new Set(ingresses.map(({ spec }) => (spec as IngressSpec).ingressClassName))).toEqual(new Set(['example']));
});

it('is the same through a Gateway', () => {
  const routes = objectsOf(releaseOf('gateway'), 'HTTPRoute');
  const found = routes.map(({ metadata, spec }): [string, IngressPath[]] => {
    const { rules } = spec as HttpRouteSpec;
    const matches = rules.flatMap((rule) => rule.matches.map(({ path }) => path));
    expect(rules[0]?.backendRefs).toEqual([{ name: metadata.name, port: 8008 }]);
    const kinds = { PathPrefix: 'Prefix', Exact: 'Exact' } as const;
    return [
      metadata.labels?.['app.kubernetes.io/component'] ?? '',
      matches.map(({ type, value }) => ({ path: value, pathType: kinds[type] })),
    ];
  });
  expect(Object.fromEntries(found)).toEqual(pathsOf(releaseOf('open'), 'http', undefined));
});

it('has none where the values ask for none', () => {
  expect(objectsOf(releaseOf('minimal'), 'Ingress')).toEqual([]);
});

function hostsOf(release: TestedRelease): (string | undefined)[] {
  const rules = objectsOf(release, 'Ingress').flatMap(({ spec }) => (spec as IngressSpec).rules);
  const hosts = rules.filter(({ http }) => http.paths.some(({ backend }) => backend.service.port.name === 'http'));
  return [...new Set(hosts.map(({ host }) => host))];
}

/** What a host's rules say at a port, by service; the Services behind them exist. */
function pathsOf(release: TestedRelease, port: string, wanted: string | undefined): PathsByService {
  const services = objectsOf(release, 'Service').map(({ metadata }) => metadata);
  const found: Record<string, IngressPath[]> = {};
  for (const { spec } of objectsOf(release, 'Ingress'))
    for (const { host, http } of (spec as IngressSpec).rules)
      for (const { path, pathType, backend } of http.paths) {
        if (host !== wanted || backend.service.port.name !== port) continue;
        const service = services.find(({ name }) => name === backend.service.name)?.labels?.[
          'app.kubernetes.io/component'
        ];
        (found[service ?? `no ${backend.service.name}`] ??= []).push({ path, pathType });
      }
  return found;
}
