import type { PlexusConfig } from '../config/plexus-config.ts';
import type { ApiName, ListenerSettings } from '../config/sections/listeners.ts';

const internal: readonly ApiName[] = ['metrics', 'health'];

/** The listeners that a service with these APIs opens: those that offer one of them, and the internal one. */
export function chooseListeners(config: PlexusConfig, apis: readonly ApiName[]): ListenerSettings[] {
  const chosen = config.listeners.filter((listener) => listener.apis.some((api) => apis.includes(api)));
  return [...chosen, ...internalListener(config)];
}

function internalListener({ metrics: { listen } }: PlexusConfig): ListenerSettings[] {
  if (listen === undefined) return [];
  return [
    {
      port: listen.port,
      bind_addresses: [listen.bind_address],
      apis: internal,
      trusted_proxies: [],
      max_body_bytes: 0,
      request_id_header: false,
    },
  ];
}
