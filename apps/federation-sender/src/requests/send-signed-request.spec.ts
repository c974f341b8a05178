import { checkRequestSignature, parseXMatrix } from '@plexus/matrix-api';
import { POLICY_SIGN_PATH } from '@plexus/remote-servers';
import type { RemoteRequest } from '@plexus/remote-servers';
import { FakeHostedServers } from '@plexus/testing';
import { expect, it } from 'vitest';
import type { PreparedRequest } from './reach-server.ts';
import { SendSignedRequest } from './send-signed-request.ts';

const REQUEST: RemoteRequest = {
  origin: 'one.example',
  destination: 'far.example:8448',
  method: 'PUT',
  path: '/_matrix/federation/v1/send/1',
  query: { a: ['b', 'c d'] },
  body: { b: 1, a: 'ü' },
  timeoutMs: 60_000,
};

function build() {
  const hosted = new FakeHostedServers(['one.example', 'two.example']);
  const sent: PreparedRequest[] = [];
  const servers = new SendSignedRequest(
    {
      send: async (request) => {
        sent.push(request);
        return { outcome: 'answered', status: 200, headers: {}, bytes: Buffer.from('{"c":1}') };
      },
    },
    hosted,
    {
      allows: (_, destination) => destination.startsWith('far.example'),
      policyAddressOf: (serverName) => (serverName === 'two.example' ? 'localhost:1' : undefined),
      longestMs: 50_000,
      mostBytes: 1_000,
    },
  );
  return { hosted, sent, servers };
}

it('signs a request in the name of the hosted server that makes it, as it is sent', async () => {
  const { hosted, sent, servers } = build();
  expect(await servers.request(REQUEST)).toEqual({ outcome: 'answered', status: 200, body: { c: 1 } });
  const [request] = sent;
  const target = '/_matrix/federation/v1/send/1?a=b&a=c%20d';
  expect(request).toMatchObject({ destination: REQUEST.destination, method: 'PUT', target });
  const content = Buffer.from(request?.body ?? []).toString();
  expect(content).toBe('{"a":"ü","b":1}');
  const credentials = parseXMatrix(request?.headers['authorization'] ?? '');
  expect(credentials).toMatchObject({ origin: 'one.example', destination: REQUEST.destination });
  const signed = { method: 'PUT', uri: target, destination: REQUEST.destination, content };
  const publicKey = hosted.findSigningKey('one.example')?.publicKey ?? '';
  expect(credentials && checkRequestSignature(credentials, signed, publicKey)).toBe(true);
});

it('lets nothing wait longer, and reads no more, than may be', async () => {
  const { sent, servers } = build();
  await servers.request(REQUEST);
  await servers.request({ ...REQUEST, timeoutMs: 10, maxBytes: 20 });
  expect(sent.map(({ timeoutMs, maxBytes }) => [timeoutMs, maxBytes])).toEqual([
    [50_000, 1_000],
    [10, 20],
  ]);
});

it.each<[string, Partial<RemoteRequest>, string]>([
  ['what is no server name', { destination: 'far.example/..' }, 'server-name'],
  ['a server that the lists keep out', { destination: 'other.example' }, 'not-allowed'],
  ['a hosted server', { destination: 'two.example' }, 'not-allowed'],
  ['anybody in the name of a server that is not hosted', { origin: 'far.example' }, 'not-allowed'],
])('asks nothing of %s', async (_, change, reason) => {
  const { sent, servers } = build();
  expect(await servers.request({ ...REQUEST, ...change })).toMatchObject({ outcome: 'unreachable', reason });
  expect(sent).toEqual([]);
});

it('asks the policy server of a hosted server where it is, and nothing else of that server', async () => {
  const { sent, servers } = build();
  const request = { ...REQUEST, destination: 'two.example', method: 'POST', query: {} } as const;
  await servers.request({ ...request, path: POLICY_SIGN_PATH });
  expect(sent).toMatchObject([{ destination: 'two.example', address: 'localhost:1', target: POLICY_SIGN_PATH }]);
  expect(await servers.request(request)).toMatchObject({ reason: 'not-allowed' });
});
