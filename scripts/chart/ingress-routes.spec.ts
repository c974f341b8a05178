import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { listAllRoutes } from '../../tests/spec/bad-input/routes.ts';
import { findApi } from '../../libs/service-shell/src/http/apis.ts';
import { serviceOfPath } from '../cluster/paths.ts';
import { chooseService, ingressRoutes } from './ingress-routes.ts';
import type { ServiceRoute } from './ingress-routes.ts';

const registered = Object.entries(listAllRoutes()).flatMap(([service, routes]) =>
  routes.map(({ pattern }): ServiceRoute => ({ service, pattern })),
);
const isAdmin = ({ pattern }: ServiceRoute): boolean => findApi(pattern) === 'admin';
const table = {
  public: ingressRoutes(
    registered.filter((route) => !isAdmin(route)),
    'client-api',
  ),
  admin: ingressRoutes(registered.filter(isAdmin), 'client-api'),
};

describe('the routes of the chart', () => {
  it('are what the services register (`npm run chart:routes` writes them)', async () => {
    const head = '# Which service gets which paths: made from what the services register, by `npm run chart:routes`.\n';
    const text = head + stringify(table, { flowCollectionPadding: true, collectionStyle: 'block' });
    await expect(text).toMatchFileSnapshot('../../helm/plexus/files/routes.yaml');
  });

  it('lead each endpoint to its service, as the native proxy does', () => {
    const wrong = registered.flatMap((route) => {
      const path = route.pattern.replaceAll(/:\w+|\*/g, '!x%2F1:example.org');
      const chosen = chooseService(isAdmin(route) ? table.admin : table.public, path);
      return chosen === route.service && serviceOfPath(path) === route.service ? [] : [`${path} → ${chosen}`];
    });
    expect(wrong).toEqual([]);
  });

  it('know the older prefixes too', () => {
    expect(['/_matrix/client/r0/sync', '/_matrix/client/r0/presence/@a:b/status'].map(chosen)).toEqual([
      'sync',
      'sync',
    ]);
    expect(['/_matrix/client/r0/events/$x', '/_matrix/client/v1/sync'].map(chosen)).toEqual([
      'client-api',
      'client-api',
    ]);
  });

  it('lead unknown endpoints of Matrix to the client API, and nothing else', () => {
    expect(chooseService(table.public, '/_matrix/unknown')).toBe('client-api');
    expect(['/', '/metrics', '/health/ready', '/.well-known/acme-challenge/x'].map(chosen)).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
  });

  it('keep the admin API from the public', () => {
    expect(
      ['/_plexus/admin/v1/servers', '/_synapse/admin/v1/register', '/_synapse/admin/v2/users'].map(chosen),
    ).toEqual(Array.from({ length: 3 }, () => undefined));
  });
});

describe('ingressRoutes', () => {
  it('takes the shortest prefix that is a service’s own, and the whole path where others lie under it', () => {
    const routes = [
      { service: 'tea', pattern: '/_matrix/client/v3/events' },
      { service: 'tea', pattern: '/_matrix/client/v3/presence/:user/status' },
      { service: 'home', pattern: '/_matrix/client/v3/events/:event' },
    ];
    expect(ingressRoutes(routes, 'home')['tea']).toEqual([
      { path: '/_matrix/client/v3/events', pathType: 'Exact' },
      { path: '/_matrix/client/v3/presence', pathType: 'Prefix' },
    ]);
  });

  it('refuses what no path can tell apart', () => {
    const routes = [
      { service: 'tea', pattern: '/rooms/:room/tea' },
      { service: 'home', pattern: '/rooms/:room/state' },
    ];
    expect(() => ingressRoutes(routes, 'home')).toThrow('/rooms/:room/tea of tea cannot be told from');
  });
});

function chosen(path: string): string | undefined {
  return chooseService(table.public, path);
}
