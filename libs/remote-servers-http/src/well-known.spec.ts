import type { OutboundAnswer, OutboundHttp, OutboundRequest } from '@plexus/remote-servers';
import { describe, expect, it } from 'vitest';
import { WellKnownServers } from './well-known.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function answered(status: number, text: string, headers: Record<string, string> = {}): OutboundAnswer {
  return { outcome: 'answered', status, headers, bytes: Buffer.from(text) };
}
const delegating = (name: string, headers?: Record<string, string>): OutboundAnswer =>
  answered(200, JSON.stringify({ 'm.server': name }), headers);
const redirecting = (location: string): OutboundAnswer => answered(302, '', { location });
const away: OutboundAnswer = { outcome: 'unreachable', reason: 'connect', because: 'away' };

function build(...answers: OutboundAnswer[]) {
  const sent: OutboundRequest[] = [];
  const http: OutboundHttp = {
    send: async (request) => {
      sent.push(request);
      return answers.shift() ?? away;
    },
  };
  const clock = { time: 1_700_000_000_000, now: () => clock.time, delay: async () => {} };
  const random = { bytes: (length: number) => new Uint8Array(length), fraction: () => 0 };
  return { servers: new WellKnownServers({ http, clock, random }), sent, clock, answers };
}

describe('WellKnownServers', () => {
  it('asks the host over HTTPS at its usual port, for a bounded answer', async () => {
    const { servers, sent } = build(delegating('matrix.far.example:443'));
    expect(await servers.find('FAR.example')).toEqual({ outcome: 'found', delegatedName: 'matrix.far.example:443' });
    expect(sent[0]).toMatchObject({
      endpoint: { host: 'far.example', port: 443, hostHeader: 'far.example', certificateName: 'far.example' },
      target: '/.well-known/matrix/server',
    });
    expect(sent[0]?.maxBytes).toBeLessThanOrEqual(64 * 1024);
  });

  it.each([
    ['a status of failure', answered(404, '{"m.server":"a"}')],
    ['no JSON', answered(200, '<html>')],
    ['no server', answered(200, '{}')],
    ['what is no server name', delegating('https://a/')],
    ['no answer', away],
  ])('finds none in %s', async (_, answer) => {
    expect((await build(answer).servers.find('far.example')).outcome).toBe('none');
  });

  it('follows redirects, each to the place that it names', async () => {
    const { servers, sent } = build(redirecting('https://other.example:8443/x?y'), redirecting('/z'), delegating('a'));
    expect(await servers.find('far.example')).toEqual({ outcome: 'found', delegatedName: 'a' });
    expect(
      sent.map(({ endpoint, target }) => [endpoint.host, endpoint.port, endpoint.certificateName, target]),
    ).toEqual([
      ['far.example', 443, 'far.example', '/.well-known/matrix/server'],
      ['other.example', 8443, 'other.example', '/x?y'],
      ['other.example', 8443, 'other.example', '/z'],
    ]);
  });

  it.each(['http://other.example/', 'file:///etc/passwd', 'https://u:p@other.example/', 'https://[::1'])(
    'does not follow a redirect to %j',
    async (location) => {
      const { servers, sent } = build(redirecting(location), delegating('a'));
      expect((await servers.find('far.example')).outcome).toBe('none');
      expect(sent).toHaveLength(1);
    },
  );

  it.each(['far.1', '1.2.3.4.5', '999999999999', 'far.0x1'])(
    'finds none for %s, which no URL can name',
    async (host) => {
      const { servers, sent } = build(delegating('a'));
      expect((await servers.find(host)).outcome).toBe('none');
      expect(sent).toEqual([]);
    },
  );

  it('gives up in a loop', async () => {
    const { servers, sent } = build(...Array.from({ length: 20 }, () => redirecting('/again')));
    expect((await servers.find('far.example')).outcome).toBe('none');
    expect(sent).toHaveLength(6);
  });

  it.each([
    ['as Cache-Control says', { 'cache-control': 'public, max-age=3600' }, HOUR],
    ['a day where nothing is said', {}, 24 * HOUR],
    ['until it expires', { expires: new Date(1_700_000_000_000 + 2 * HOUR).toUTCString() }, 2 * HOUR],
    ['two days at most', { 'cache-control': 'max-age=99999999' }, 48 * HOUR],
    ['five minutes at least', { 'cache-control': 'no-store' }, 5 * MINUTE],
  ])('keeps an answer %s', async (_, headers: Record<string, string>, expected) => {
    const { servers, sent, clock } = build(delegating('a', headers), delegating('b'));
    await servers.find('far.example');
    clock.time += expected - 1_000;
    expect(await servers.find('far.example')).toMatchObject({ delegatedName: 'a' });
    clock.time += 1_000;
    expect(await servers.find('far.example')).toMatchObject({ delegatedName: 'b' });
    expect(sent).toHaveLength(2);
  });

  it('looks again for what was not there after ever longer times, up to an hour', async () => {
    const { servers, sent, clock } = build();
    for (const rest of [5, 10, 20, 40, 60, 60]) {
      await servers.find('far.example');
      const asked = sent.length;
      clock.time += rest * MINUTE - 1;
      await servers.find('far.example');
      expect(sent).toHaveLength(asked);
      clock.time += 1;
    }
  });

  it('goes on with what was good where it cannot be fetched again once', async () => {
    const { servers, clock } = build(delegating('a'), away, away);
    await servers.find('far.example');
    clock.time += 24 * HOUR;
    expect(await servers.find('far.example')).toMatchObject({ delegatedName: 'a' });
    clock.time += 5 * MINUTE;
    expect((await servers.find('far.example')).outcome).toBe('none');
  });

  it('asks once for many callers', async () => {
    const { servers, sent } = build(delegating('a'));
    await Promise.all([servers.find('far.example'), servers.find('far.example')]);
    expect(sent).toHaveLength(1);
  });
});
