import type { Type } from '@nestjs/common';
import { RequestMethod } from '@nestjs/common';
import { SYNC_CONTROLLERS } from '../../../apps/sync/src/in/controllers.ts';
import { CONTROLLERS } from '../../../apps/client-api/src/compose-client-api.ts';
import { ConsentController } from '../../../apps/consent/src/in/consent.controller.ts';
import { FEDERATION_CONTROLLERS } from '../../../apps/federation-ingress/src/compose-federation-ingress.ts';

/** An endpoint as the services register it: `:name` stands for a parameter. */
export interface Route {
  readonly method: string;
  readonly pattern: string;
}

/** Every endpoint of the Server-Server API. */
export function listFederationRoutes(): Route[] {
  return FEDERATION_CONTROLLERS.flatMap((controller) => routesOf(controller));
}

/** Every endpoint of the services' controllers for clients, browsers and administrators, under its current prefix. */
export function listRoutes(): Route[] {
  return [...CONTROLLERS, ...SYNC_CONTROLLERS, ConsentController].flatMap((controller) => routesOf(controller));
}

/** Every path of the services' controllers, older prefixes included, by service. */
export function listAllRoutes(): Readonly<Record<string, readonly Route[]>> {
  return {
    'client-api': allRoutesOf(CONTROLLERS),
    sync: allRoutesOf(SYNC_CONTROLLERS),
    'federation-ingress': allRoutesOf(FEDERATION_CONTROLLERS),
    consent: allRoutesOf([ConsentController]),
  };
}

function allRoutesOf(controllers: readonly Type[]): Route[] {
  return controllers.flatMap((controller) => prefixesOf(controller).flatMap((prefix) => routesOf(controller, prefix)));
}

function prefixesOf(controller: Type): string[] {
  return [Reflect.getMetadata('path', controller)].flat();
}

function routesOf(controller: Type, prefix = prefixesOf(controller)[0] ?? ''): Route[] {
  return Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
    const handler: unknown = controller.prototype[name];
    if (typeof handler !== 'function') return [];
    const method: unknown = Reflect.getMetadata('method', handler);
    if (typeof method !== 'number') return [];
    const paths = [Reflect.getMetadata('path', handler)].flat();
    return paths.map((path) => ({
      method: RequestMethod[method] ?? '',
      pattern: `/${[prefix, path].filter((part) => part !== '' && part !== '/').join('/')}`.replaceAll(/\/+/g, '/'),
    }));
  });
}
