import { LRUCache } from 'lru-cache';
import { parseServerName } from '@plexus/matrix-base';
import type { Clock, RandomSource, ServerName } from '@plexus/matrix-base';
import type { Discovery, ServerDiscovery, ServerEndpoint } from '@plexus/remote-servers';
import type { DnsResolver, SrvRecord } from './dns-resolver.ts';
import { orderSrvRecords } from './order-srv-records.ts';
import type { WellKnownServers } from './well-known.ts';

export interface SpecificationDiscoveryOptions {
  readonly dns: Pick<DnsResolver, 'srvRecordsOf'>;
  readonly wellKnown: Pick<WellKnownServers, 'find'>;
  readonly random: RandomSource;
  readonly clock: Pick<Clock, 'now'>;
  /** Server name to `host:port`: goes before everything else. */
  readonly staticAddresses: Readonly<Record<string, string>>;
}

const FEDERATION_PORT = 8448;
/** How long DNS is not asked again for the records of a name: each request would be two questions. */
const SRV_MS = 60_000;
const MOST_NAMES = 20_000;
const SRV_SERVICES = ['_matrix-fed._tcp', '_matrix._tcp'];

/** Finds servers in the order of https://spec.matrix.org/v1.19/server-server-api/#resolving-server-names; its numbers stand below. */
export class SpecificationDiscovery implements ServerDiscovery {
  readonly #options: SpecificationDiscoveryOptions;
  readonly #static: ReadonlyMap<string, string>;
  readonly #recent = new LRUCache<string, { readonly discovery: Discovery; readonly until: number }>({
    max: MOST_NAMES,
  });

  constructor(options: SpecificationDiscoveryOptions) {
    this.#options = options;
    this.#static = new Map(Object.entries(options.staticAddresses));
  }

  async discover(serverName: string): Promise<Discovery> {
    const name = parseServerName(serverName);
    if (name === undefined) return notFound('server-name', 'it is no server name');
    const written = this.#static.get(serverName);
    if (written !== undefined) return staticEndpoint(written, serverName, name);
    // 1. and 2.
    if (name.kind !== 'dns' || name.port !== undefined) return direct(name);
    // 3.
    const wellKnown = await this.#options.wellKnown.find(name.host);
    if (wellKnown.outcome === 'none') return this.#bySrv(name.host);
    const delegated = parseServerName(wellKnown.delegatedName);
    if (delegated === undefined) return this.#bySrv(name.host);
    // 3.1 and 3.2, then 3.3 to 3.5.
    return delegated.kind !== 'dns' || delegated.port !== undefined ? direct(delegated) : this.#bySrv(delegated.host);
  }

  at(address: string, serverName: string): Discovery {
    const name = parseServerName(serverName);
    return name === undefined
      ? notFound('server-name', 'it is no server name')
      : staticEndpoint(address, serverName, name);
  }

  /** Steps 4 to 6, and 3.3 to 3.5 with a delegated name: SRV records, then the host itself at port 8448. */
  async #bySrv(hostname: string): Promise<Discovery> {
    const recent = this.#recent.get(hostname);
    if (recent !== undefined && recent.until > this.#options.clock.now()) return recent.discovery;
    const discovery = await this.#askForSrv(hostname);
    if (discovery.outcome === 'found')
      this.#recent.set(hostname, { discovery, until: this.#options.clock.now() + SRV_MS });
    return discovery;
  }

  async #askForSrv(hostname: string): Promise<Discovery> {
    for (const service of SRV_SERVICES) {
      const targets = await this.#srvTargets(`${service}.${hostname}`);
      if (typeof targets === 'string') return notFound('discovery', targets);
      if (targets.length > 0)
        return found(targets.map((at) => ({ ...at, hostHeader: hostname, certificateName: hostname })));
    }
    return found([{ host: hostname, port: FEDERATION_PORT, hostHeader: hostname, certificateName: hostname }]);
  }

  /** A text says why DNS gave no answer. */
  async #srvTargets(name: string): Promise<Pick<ServerEndpoint, 'host' | 'port'>[] | string> {
    try {
      const records = await this.#options.dns.srvRecordsOf(name);
      if (records.length > 0 && records.every(isRoot)) return `${name}: the service is not offered`;
      const usable = records.filter((record) => parseServerName(record.name)?.kind === 'dns' && record.port > 0);
      return orderSrvRecords(usable, this.#options.random).map((record) => ({ host: record.name, port: record.port }));
    } catch (error) {
      if (error instanceof Error && 'code' in error) return `${name}: ${error.message}`;
      throw error;
    }
  }
}

/** A target that is the root says that there is no such service, anywhere (RFC 2782): nothing else is to be tried. */
function isRoot({ name }: SrvRecord): boolean {
  return name === '' || name === '.';
}

/** An address or a host with a port: nothing has to be looked for. */
function direct({ host, port, kind }: ServerName): Discovery {
  const address = kind === 'ipv6' ? host.slice(1, -1) : host;
  const hostHeader = port === undefined ? host : `${host}:${port}`;
  return found([{ host: address, port: port ?? FEDERATION_PORT, hostHeader, certificateName: address }]);
}

function staticEndpoint(written: string, serverName: string, name: ServerName): Discovery {
  const at = parseServerName(written);
  if (at?.port === undefined) return notFound('discovery', `${written} is not host:port`);
  const [host, certificateName] = [at, name].map((one) => (one.kind === 'ipv6' ? one.host.slice(1, -1) : one.host));
  return found([{ host: host ?? '', port: at.port, hostHeader: serverName, certificateName: certificateName ?? '' }]);
}

function found(endpoints: readonly ServerEndpoint[]): Discovery {
  return { outcome: 'found', endpoints };
}

function notFound(reason: 'server-name' | 'discovery', because: string): Discovery {
  return { outcome: 'not-found', reason, because };
}
