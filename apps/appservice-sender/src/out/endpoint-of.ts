import type { ServerEndpoint } from '@plexus/remote-servers';

const PORTS = { 'http:': 80, 'https:': 443 } as const;

/** Where the URL of a registration leads: paths of the API come after its own. The registration's check has seen that it is one of HTTP. */
export function endpointOf(written: string): { readonly endpoint: ServerEndpoint; readonly basePath: string } {
  const url = new URL(written);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isPlain = url.protocol === 'http:';
  const port = url.port === '' ? PORTS[isPlain ? 'http:' : 'https:'] : Number(url.port);
  return {
    endpoint: { host, port, hostHeader: url.host, certificateName: host, isPlain },
    basePath: url.pathname.replace(/\/+$/, ''),
  };
}
