import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OutboundRequest, ServerEndpoint } from '@plexus/remote-servers';
import { RemoteHomeserver } from '@plexus/testing';
import { checkedLookup } from './checked-lookup.ts';
import { EndpointPools } from './endpoint-pools.ts';
import type { EndpointPoolsOptions } from './endpoint-pools.ts';
import { compileIpRanges } from './ip-ranges.ts';
import { UndiciOutboundHttp } from './undici-outbound-http.ts';

const NOWHERE = compileIpRanges({ blacklist: [], whitelist: [] });
const NO_LOOPBACK = compileIpRanges({ blacklist: ['127.0.0.0/8', '::1/128'], whitelist: [] });

let server: RemoteHomeserver;
const opened: EndpointPools[] = [];

beforeAll(async () => {
  server = await RemoteHomeserver.start({ certificateNames: ['far.example', '127.0.0.1'] });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((pools) => pools.close()));
});
afterAll(() => server.stop());

function open(options: Partial<EndpointPoolsOptions> = {}, isAllowed = NOWHERE) {
  const dns = { addressesOf: async (host: string) => (host === 'nowhere.example' ? [] : ['127.0.0.1']) };
  const pools = new EndpointPools({
    lookup: checkedLookup(dns, isAllowed),
    isVerified: () => false,
    authorities: [],
    connectTimeoutMs: 2_000,
    idleTimeoutMs: 30_000,
    connectionsPerEndpoint: 2,
    ...options,
  });
  opened.push(pools);
  return { http: new UndiciOutboundHttp(pools, isAllowed), pools };
}

function request(change: Partial<OutboundRequest> = {}, at: Partial<ServerEndpoint> = {}): OutboundRequest {
  const endpoint = { host: 'far.example', port: server.port, hostHeader: 'far.example', ...at };
  return {
    endpoint: { certificateName: endpoint.host, ...endpoint },
    method: 'GET',
    target: '/_matrix/federation/v1/version',
    headers: {},
    timeoutMs: 5_000,
    maxBytes: 10_000,
    ...change,
  };
}

const script = (path: string, answer: Parameters<RemoteHomeserver['answer']>[2]) =>
  server.answer('GET', new RegExp(`^${path}$`), answer);

describe('UndiciOutboundHttp', () => {
  it('reads an answer of any status, and sends what the endpoint says as Host', async () => {
    script('/status', () => ({ status: 418, body: { a: 1 }, headers: { 'X-One': 'b' } }));
    const answer = await open().http.send(request({ target: '/status?q=%22' }, { hostHeader: 'other.example:1' }));
    expect(answer).toMatchObject({ outcome: 'answered', status: 418, headers: { 'x-one': 'b' } });
    const received = server.requests.at(-1);
    expect([received?.target, received?.headers.host]).toEqual(['/status?q=%22', 'other.example:1']);
  });

  it('uses a connection again, and forgets an endpoint whose connections have ended', async () => {
    const { http, pools } = open();
    const before = server.connections;
    for (let count = 0; count < 5; count += 1) await http.send(request());
    expect(server.connections - before).toBe(1);
    expect(pools.size).toBe(1);
    const impatient = open({ idleTimeoutMs: 10 });
    await impatient.http.send(request());
    await expect.poll(() => impatient.pools.size).toBe(0);
  });

  it('does not wait longer than it may, read more than it may, or take half an answer for one', async () => {
    script('/silence', () => 'silence');
    script('/endless', () => 'endless');
    script('/truncated', () => 'truncated');
    script('/reset', () => 'reset');
    const { http } = open();
    const reasonOf = async (target: string, timeoutMs = 5_000) => {
      const answer = await http.send(request({ target, timeoutMs }));
      return answer.outcome === 'unreachable' ? answer.reason : answer.status;
    };
    expect(await reasonOf('/silence', 100)).toBe('timeout');
    expect(await reasonOf('/endless')).toBe('too-large');
    expect(await reasonOf('/truncated')).toBe('broken');
    expect(await reasonOf('/reset')).toBe('broken');
  });

  it('asks once more where a connection closes before an answer begins, and repeats nothing but questions', async () => {
    const { http } = open();
    let asked = 0;
    const closesFirst = () => (asked++ === 0 ? ('reset' as const) : { status: 200, body: {} });
    script('/closes', closesFirst);
    server.answer('PUT', /^\/closes$/, closesFirst);
    await http.send(request());
    expect(await http.send(request({ target: '/closes' }))).toMatchObject({ outcome: 'answered', status: 200 });
    expect(asked).toBe(2);
    asked = 0;
    expect(await http.send(request({ target: '/closes', method: 'PUT' }))).toMatchObject({ reason: 'broken' });
    expect(asked).toBe(1);
  });

  it('connects to no address in a forbidden network, found by name or written as it is', async () => {
    const { http } = open({}, NO_LOOPBACK);
    const before = server.connections;
    for (const host of ['far.example', '127.0.0.1', '::1'])
      expect(await http.send(request({}, { host }))).toMatchObject({ outcome: 'unreachable', reason: 'ip-range' });
    expect(server.connections).toBe(before);
  });

  it.each(['2130706433', '127.1', '0x7f000001', '0177.0.0.1', 'localhost'])(
    'looks %s up as any other host, and checks what comes of it',
    async (host) => {
      const before = server.connections;
      expect(await open({}, NO_LOOPBACK).http.send(request({}, { host }))).toMatchObject({ reason: 'ip-range' });
      expect(server.connections).toBe(before);
    },
  );

  it.each(['far.1', '999999999999'])('reaches %s, which no URL can name', async (host) => {
    expect(await open().http.send(request({}, { host }))).toMatchObject({ outcome: 'answered', status: 200 });
  });

  it('says what is wrong where there is no address, or nobody listens there', async () => {
    const { http } = open();
    const closed = await RemoteHomeserver.start();
    await closed.stop();
    expect(await http.send(request({}, { host: 'nowhere.example' }))).toMatchObject({ reason: 'discovery' });
    expect(await http.send(request({}, { port: closed.port }))).toMatchObject({ reason: 'connect' });
  });

  it('takes a certificate only of the name that it has to be for, from an authority that is trusted', async () => {
    const untrusted = open({ isVerified: () => true });
    expect(await untrusted.http.send(request())).toMatchObject({ outcome: 'unreachable', reason: 'tls' });

    const trusting = open({ isVerified: () => true, authorities: [server.certificate] });
    expect(await trusting.http.send(request())).toMatchObject({ outcome: 'answered' });
    const byAddress = { host: '127.0.0.1', certificateName: '127.0.0.1' };
    expect(await trusting.http.send(request({}, byAddress))).toMatchObject({ outcome: 'answered' });
    for (const certificateName of ['other.example', '127.0.0.2'])
      expect(await trusting.http.send(request({}, { certificateName }))).toMatchObject({ reason: 'tls' });

    const excepting = open({ isVerified: (name) => name !== 'far.example' });
    expect(await excepting.http.send(request())).toMatchObject({ outcome: 'answered' });
  });

  it('asks for a certificate of the name that it has to be for, whatever host it connects to, and of none for an address', async () => {
    const nameAskedFor = async (at: Partial<ServerEndpoint>): Promise<string | undefined> => {
      expect(await open().http.send(request({}, at))).toMatchObject({ outcome: 'answered' });
      return server.namesAskedFor.at(-1);
    };
    const bySrv = { host: 'target.example', hostHeader: 'far.example', certificateName: 'far.example' };
    expect(await nameAskedFor(bySrv)).toBe('far.example');
    expect(server.requests.at(-1)?.headers.host).toBe('far.example');
    const byAddress = { host: '127.0.0.1', hostHeader: '127.0.0.1:8448', certificateName: '127.0.0.1' };
    expect(await nameAskedFor(byAddress)).toBeUndefined();
    expect(server.requests.at(-1)?.headers.host).toBe('127.0.0.1:8448');
    const asIpv6 = { host: '127.0.0.1', hostHeader: '[2001:db8::1]:80', certificateName: '2001:db8::1' };
    expect(await nameAskedFor(asIpv6)).toBeUndefined();
  });

  it('does not use a connection for one name for another that lives at the same place', async () => {
    const { http } = open({ isVerified: (name) => name === 'other.example', authorities: [server.certificate] });
    expect(await http.send(request())).toMatchObject({ outcome: 'answered' });
    expect(await http.send(request({}, { certificateName: 'other.example' }))).toMatchObject({ reason: 'tls' });
  });
});
