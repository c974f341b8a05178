import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Clock } from '@plexus/matrix-base';
import type { OutboundHttp } from '@plexus/remote-servers';
import { RemoteHomeserver } from '@plexus/testing';
import { checkedLookup } from './checked-lookup.ts';
import { EndpointPools } from './endpoint-pools.ts';
import { compileIpRanges } from './ip-ranges.ts';
import { UndiciOutboundHttp } from './undici-outbound-http.ts';
import { WellKnownServers } from './well-known.ts';

const HTTPS_PORT = 443;
/** Where `inside.example` is. */
const INSIDE = '127.0.0.9';
const WELL_KNOWN = /^\/\.well-known\/matrix\/server$/;
const clock: Clock = { now: () => Date.now(), delay: () => Promise.resolve() };

let server: RemoteHomeserver;
let pools: EndpointPools;
let wellKnown: WellKnownServers;
/** Hosts that were asked, in their order. */
let asked: string[];

beforeAll(async () => {
  server = await RemoteHomeserver.start();
});
beforeEach(() => {
  const isAllowed = compileIpRanges({ blacklist: ['127.0.0.0/8', '::1/128'], whitelist: ['127.0.0.1/32'] });
  const dns = { addressesOf: async (host: string) => (host === 'inside.example' ? [INSIDE] : ['127.0.0.1']) };
  pools = new EndpointPools({
    lookup: checkedLookup(dns, isAllowed),
    isVerified: () => false,
    authorities: [],
    connectTimeoutMs: 2_000,
    idleTimeoutMs: 30_000,
    connectionsPerEndpoint: 2,
  });
  wellKnown = new WellKnownServers({
    http: usualPortAt(server.port),
    clock,
    random: { bytes: Buffer.alloc, fraction: () => 0 },
  });

  /** Nobody but root may listen at the usual port. */
  function usualPortAt(port: number): OutboundHttp {
    const http = new UndiciOutboundHttp(pools, isAllowed);
    asked = [];
    return {
      send({ endpoint, ...request }) {
        asked.push(endpoint.host);
        return http.send({
          ...request,
          endpoint: { ...endpoint, port: endpoint.port === HTTPS_PORT ? port : endpoint.port },
        });
      },
    };
  }
});
afterEach(() => pools.close());
afterAll(() => server.stop());

it('follows a redirect to where it may connect to', async () => {
  server.answer('GET', WELL_KNOWN, () => redirectTo('https://other.example/here'));
  server.answer('GET', /^\/here$/, () => ({ status: 200, body: { 'm.server': 'matrix.far.example:443' } }));
  expect(await wellKnown.find('far.example')).toEqual({ outcome: 'found', delegatedName: 'matrix.far.example:443' });
  expect(asked).toEqual(['far.example', 'other.example']);
});

it.each([`https://${INSIDE}/secret`, 'https://inside.example/secret', 'https://[::1]/secret'])(
  'follows none into a forbidden network: %s',
  async (location) => {
    server.answer('GET', WELL_KNOWN, () => redirectTo(location));
    const before = server.requests.length;
    expect(await wellKnown.find('far.example')).toMatchObject({
      outcome: 'none',
      because: expect.stringMatching(/network/),
    });
    expect(asked).toHaveLength(2);
    expect(server.requests).toHaveLength(before + 1);
  },
);

function redirectTo(location: string) {
  return { status: 302, body: {}, headers: { location } };
}
