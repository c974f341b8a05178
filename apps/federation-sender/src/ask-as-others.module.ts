import { isJsonObject, parseJson } from '@plexus/matrix-base';
import {
  checkedLookup,
  compileIpRanges,
  EndpointPools,
  SpecificationDiscovery,
  SystemDns,
  UndiciOutboundHttp,
  WellKnownServers,
} from '@plexus/remote-servers-http';
import { systemClock, systemRandomSource } from '@plexus/service-shell';
import type { FederationSettings } from '@plexus/service-shell';
import { authoritiesOf, certificateRule } from './config.ts';

/** What is answered where other servers look for a server. */
export type FederationAnswer =
  | {
      readonly outcome: 'answered';
      /** `host:port` */
      readonly place: string;
      readonly status: number;
      readonly body: Readonly<Record<string, unknown>> | undefined;
    }
  | { readonly outcome: 'unreachable'; readonly because: string };

export type AskFederation = (serverName: string, path: string) => Promise<FederationAnswer>;

const WITHIN_MS = 10_000;
const MOST_BYTES = 1024 * 1024;

/** Asks servers as other servers would: found by the specification, their certificates checked by its rules; without a signature. */
export function openFederationAsker(settings: FederationSettings): {
  readonly ask: AskFederation;
  close(): Promise<void>;
} {
  const dns = new SystemDns();
  // @NOTE Hosted servers may be in networks that nothing else is sent to.
  const isAllowed = compileIpRanges({ blacklist: [], whitelist: [] });
  const pools = new EndpointPools({
    lookup: checkedLookup(dns, isAllowed),
    isVerified: certificateRule(settings),
    authorities: authoritiesOf(settings),
    connectTimeoutMs: WITHIN_MS,
    idleTimeoutMs: WITHIN_MS,
    connectionsPerEndpoint: 1,
  });
  const http = new UndiciOutboundHttp(pools, isAllowed);
  const [clock, random] = [systemClock, systemRandomSource];
  const discovery = new SpecificationDiscovery({
    dns,
    wellKnown: new WellKnownServers({ http, clock, random }),
    random,
    clock,
    staticAddresses: settings.static_addresses,
  });
  return { ask, close: () => pools.close() };

  async function ask(serverName: string, path: string): Promise<FederationAnswer> {
    const discovered = await discovery.discover(serverName);
    if (discovered.outcome === 'not-found') return { outcome: 'unreachable', because: discovered.because };
    let because = 'it has no address';
    for (const endpoint of discovered.endpoints) {
      const request = { endpoint, method: 'GET', target: path, headers: { 'user-agent': 'Plexus doctor' } };
      const answer = await http.send({ ...request, timeoutMs: WITHIN_MS, maxBytes: MOST_BYTES });
      const place = `${endpoint.host}:${endpoint.port}`;
      if (answer.outcome === 'answered') {
        const parsed = parseJson(answer.bytes);
        const body = parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value : undefined;
        return { outcome: 'answered', place, status: answer.status, body };
      }
      because = `${place}: ${answer.because}`;
    }
    return { outcome: 'unreachable', because };
  }
}
